// One command that an actor has done, in memory and as a row of a snapshot.
import type { StoredOutcome } from "./commit-format.ts";

export interface RememberedCommand {
  readonly id: string;
  /** The actor's version right after it. */
  readonly version: number;
  readonly time: number;
  readonly digest: string | undefined;
  /** A `StoredOutcome` as JSON. */
  readonly outcome: string;
}

export type CommandRow = readonly [
  id: string,
  version: number,
  time: number,
  digest: string | null,
  outcome: StoredOutcome,
];

export function rowsJson(commands: Iterable<RememberedCommand>): string {
  const rows: string[] = [];
  for (const { id, version, time, digest, outcome } of commands) {
    rows.push(`[${JSON.stringify(id)},${version},${time},${digest === undefined ? "null" : `"${digest}"`},${outcome}]`);
  }
  return `[${rows.join(",")}]`;
}

export function fromRow([id, version, time, digest, outcome]: CommandRow): RememberedCommand {
  return { id, version, time, digest: digest ?? undefined, outcome: JSON.stringify(outcome) };
}

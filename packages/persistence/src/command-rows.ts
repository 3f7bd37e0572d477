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
  /** Its `CommandRow` as JSON, once a snapshot has asked for it: it stands in every snapshot until it is forgotten. */
  row?: string;
}

const rowRoom = 48;

export type CommandRow = readonly [
  id: string,
  version: number,
  time: number,
  digest: string | null,
  outcome: StoredOutcome,
];

/** Roughly what its row takes. */
export function sizeOf({ id, outcome }: RememberedCommand): number {
  return id.length + outcome.length + rowRoom;
}

export function rowsJson(commands: Iterable<RememberedCommand>): string {
  const rows: string[] = [];
  for (const command of commands) rows.push((command.row ??= rowJson(command)));
  return `[${rows.join(",")}]`;
}

function rowJson({ id, version, time, digest, outcome }: RememberedCommand): string {
  return `[${JSON.stringify(id)},${version},${time},${digest === undefined ? "null" : `"${digest}"`},${outcome}]`;
}

export function fromRow([id, version, time, digest, outcome]: CommandRow): RememberedCommand {
  return { id, version, time, digest: digest ?? undefined, outcome: JSON.stringify(outcome) };
}

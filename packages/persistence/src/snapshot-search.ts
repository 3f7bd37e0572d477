// Which stored snapshot recovery begins with: the newest usable one. Unusable ones are reported and passed over; the
// history itself is always the truth.
import type { StoredSnapshot } from "./contracts/snapshot-store.ts";
import type { ActorKey, Token } from "./contracts/event-store.ts";
import type { Services } from "./services.ts";
import { decodeSnapshot, type Snapshot } from "./snapshot-format.ts";

export type UsableSnapshot = Snapshot;

export interface SnapshotSearch {
  readonly key: ActorKey;
  readonly name: string;
  readonly services: Services;
  /** Why the class cannot take a snapshot of this schema; `undefined` if it can. */
  refusesSchema(schema: number): string | undefined;
}

/** @param head the token of the last commit, read from the leader after the snapshot was */
export async function findSnapshot(
  search: SnapshotSearch,
  newest: StoredSnapshot | undefined,
  head: Token,
): Promise<UsableSnapshot | undefined> {
  const { services, key, name } = search;
  for (let stored = newest; stored !== undefined; stored = await services.stores.snapshots.load(key, stored.token)) {
    const result = examine(search, stored, head);
    if (typeof result !== "string") return result;
    services.metrics.unusable++;
    services.events.publish({ type: "snapshot-unusable", address: name, reason: result });
  }
  return undefined;
}

function examine(search: SnapshotSearch, stored: StoredSnapshot, head: Token): UsableSnapshot | string {
  let snapshot: Snapshot;
  try {
    snapshot = decodeSnapshot(stored.bytes, search.key, search.name);
  } catch (error) {
    return (error as Error).message;
  }
  if (snapshot.token > head) return `it stands at token ${snapshot.token}, ahead of the history's head ${head}`;
  return search.refusesSchema(snapshot.schema) ?? snapshot;
}

// What a replica answers that has not heard of the last commit or snapshot yet, worked out from a store that has.
import type { ActorKey, EventStore, StoredCommit, Token } from "../contracts/event-store.ts";
import type { SnapshotStore, StoredSnapshot } from "../contracts/snapshot-store.ts";

/** The last commit but one. */
export async function headBefore(store: EventStore, actor: ActorKey): Promise<StoredCommit | undefined> {
  const head = await store.head(actor);
  if (head === undefined) return undefined;
  let before: StoredCommit | undefined;
  for await (const page of store.read(actor, { after: 0, upTo: head.token })) {
    for (const commit of page) if (commit.token < head.token) before = commit;
  }
  return before;
}

/** The newest snapshot but one, or the one before that with token `before`. */
export async function snapshotBefore(
  store: SnapshotStore,
  actor: ActorKey,
  before: Token | undefined,
): Promise<StoredSnapshot | undefined> {
  if (before !== undefined) return store.load(actor, before);
  const newest = await store.load(actor);
  return newest && store.load(actor, newest.token);
}

/** The same pages, but for the last commit. */
export async function* withoutLast(
  pages: AsyncIterable<readonly StoredCommit[]>,
): AsyncIterable<readonly StoredCommit[]> {
  let held: StoredCommit | undefined;
  for await (const page of pages) {
    const all: readonly StoredCommit[] = held === undefined ? page : [held, ...page];
    held = all.at(-1) ?? held;
    if (all.length > 1) yield all.slice(0, -1);
  }
}

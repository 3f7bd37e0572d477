// What a store of snapshots has to do. It may be another backend than the event store's.
import type { ActorKey, AppendOutcome, Token } from "./event-store.ts";

export interface StoredSnapshot {
  readonly token: Token;
  readonly bytes: Uint8Array;
}

export interface SnapshotStore {
  readonly limits: { readonly maxSnapshotBytes: number };
  /** The newest snapshot, or the newest one saved before that with token `before`; `undefined` when there is none. */
  load(actor: ActorKey, before?: Token): Promise<StoredSnapshot | undefined>;
  /** Saves behind the snapshot with token `after` (0: there is none), or not at all: the fence of `EventStore.append`. */
  save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome>;
  close(): Promise<void>;
}

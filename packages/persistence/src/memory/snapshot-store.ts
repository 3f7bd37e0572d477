// Snapshots in this process's memory; the newest two of each actor are kept.
import type { ActorKey, AppendOutcome, Token } from "../contracts/event-store.ts";
import type { SnapshotStore, StoredSnapshot } from "../contracts/snapshot-store.ts";
import { StoreClosed } from "../errors.ts";
import type { MemoryLog } from "./event-store.ts";

export class MemorySnapshotStore implements SnapshotStore {
  readonly limits: SnapshotStore["limits"] = { maxSnapshotBytes: 64 * 1_048_576 };
  readonly #log: MemoryLog;
  #isClosed = false;

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async load(actor: ActorKey, before: Token = Number.POSITIVE_INFINITY): Promise<StoredSnapshot | undefined> {
    return this.#open()
      .of(actor)
      .findLast((snapshot) => snapshot.token < before);
  }

  async save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
    return this.#open().append(actor, after, bytes);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #open(): MemoryLog {
    if (this.#isClosed) throw new StoreClosed("memory snapshot");
    return this.#log;
  }
}

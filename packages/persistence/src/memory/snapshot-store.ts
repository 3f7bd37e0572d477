// Snapshots in this process's memory; the newest two of each actor are kept.
import type { ActorKey, AppendOutcome, Token } from "../contracts/event-store.ts";
import type { SnapshotStore, StoredSnapshot } from "../contracts/snapshot-store.ts";
import { StoreClosed } from "../errors.ts";
import { copy, type MemoryLog } from "./event-store.ts";

export class MemorySnapshotStore implements SnapshotStore {
  readonly limits: SnapshotStore["limits"] = { maxSnapshotBytes: 64 * 1_048_576 };
  readonly #log: MemoryLog;
  #isClosed = false;

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async load(actor: ActorKey, before: Token = Number.POSITIVE_INFINITY): Promise<StoredSnapshot | undefined> {
    const found = this.#open()
      .of(actor)
      .findLast((snapshot) => snapshot.token < before);
    return found && copy(found);
  }

  async save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
    const log = this.#open();
    if (bytes.length > this.limits.maxSnapshotBytes)
      return { type: "rejected", reason: `${bytes.length} bytes are too many` };
    return log.append(actor, after, bytes);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #open(): MemoryLog {
    if (this.#isClosed) throw new StoreClosed("memory snapshot");
    return this.#log;
  }
}

// Snapshots in the data file, the newest few of each actor. A save shares its transaction with the commits that wait.
import type { ActorKey, AppendOutcome, Token } from "../contracts/event-store.ts";
import type { SnapshotStore, StoredSnapshot } from "../contracts/snapshot-store.ts";
import { StoreClosed } from "../errors.ts";
import { keyOf } from "./actors.ts";
import type { Connection } from "./connection.ts";
import { anyNumber } from "./fenced-log.ts";
import { outcomeOf } from "./outcome.ts";
import { requestKinds } from "./requests.ts";

const nothing = new Uint8Array(0);

export class EmbeddedSnapshotStore implements SnapshotStore {
  readonly limits: SnapshotStore["limits"] = { maxSnapshotBytes: 64 * 1_048_576 };
  readonly #connection: Connection;
  readonly #kept: number;
  #isClosed = false;

  /** @param kept how many snapshots of each actor stay */
  constructor(connection: Connection, kept: number) {
    this.#connection = connection;
    this.#kept = kept;
  }

  /** No promise but one, as in the store of events. */
  load(actor: ActorKey, before: Token = anyNumber): Promise<StoredSnapshot | undefined> {
    if (this.#isClosed) return Promise.reject(new StoreClosed("embedded snapshot"));
    const call = { kind: requestKinds.load, key: keyOf(actor), from: before, to: 0, bytes: nothing };
    return this.#connection.call(call, ({ entries }) => entries?.[0]);
  }

  async save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
    const connection = this.#open();
    const { maxSnapshotBytes } = this.limits;
    if (bytes.length > maxSnapshotBytes) {
      return { type: "rejected", reason: `${bytes.length} bytes, at most ${maxSnapshotBytes} fit` };
    }
    const call = { kind: requestKinds.save, key: keyOf(actor), from: after, to: this.#kept, bytes };
    return outcomeOf(await connection.call(call));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #open(): Connection {
    if (this.#isClosed) throw new StoreClosed("embedded snapshot");
    return this.#connection;
  }
}

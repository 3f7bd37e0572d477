// The member table in a JetStream key-value bucket: the bucket's revision is the table's. Reads ask the stream's leader,
// since a replica could hand out a lease that is no longer there.
import type { Link } from "@aether/nats";
import { type KV, type KvEntry, Kvm } from "@nats-io/kv";
import type { MemberTable, TableEntry, TableWatcher } from "../contracts/member-table.ts";
import type { NodeId, NodeRecord, NodeState } from "../contracts/node.ts";
import { isNodeId } from "../node-id.ts";

const watchAgainMs = 1_000;

export class NatsTable implements MemberTable {
  readonly #link: Link;
  readonly #bucket: string;
  readonly #kv: KV;
  readonly #problem: (error: unknown) => void;
  readonly #later: (delayMs: number, task: () => void) => void;
  #isClosed = false;
  #stopWatch: (() => void) | undefined;

  private constructor(link: Link, bucket: string, kv: KV, parts: TableParts) {
    this.#link = link;
    this.#bucket = bucket;
    this.#kv = kv;
    this.#problem = parts.problem;
    this.#later = parts.later;
  }

  static async open(link: Link, bucket: string, parts: TableParts): Promise<NatsTable> {
    const kv = await new Kvm(link.connection).create(bucket, { history: 1, replicas: parts.replicas });
    return new NatsTable(link, bucket, kv, parts);
  }

  async read(node: NodeId): Promise<TableEntry | undefined> {
    const found = await this.#link.getLastFromLeader(`KV_${this.#bucket}`, this.#subjectOf(node));
    return found === undefined ? undefined : toEntry(found.data, found.sequence);
  }

  async write(record: NodeRecord, expectedRevision: number): Promise<number | undefined> {
    const bytes = Buffer.from(JSON.stringify(record));
    const subject = this.#subjectOf(record.node);
    let outcome = await this.#link.append(subject, bytes, expectedRevision);
    if (outcome.type === "wrong-sequence" && expectedRevision === 0) {
      const last = await this.#link.getLastFromLeader(`KV_${this.#bucket}`, subject);
      const isDeleted = last !== undefined && toEntry(last.data, last.sequence) === undefined;
      if (isDeleted) outcome = await this.#link.append(subject, bytes, last.sequence);
    }
    if (outcome.type === "stored") return outcome.sequence;
    if (outcome.type === "wrong-sequence") return undefined;
    throw new Error(`the bucket ${this.#bucket} refused a change: ${outcome.description}`);
  }

  /** A watch that ends is begun again: it tells everything anew, and what is old news changes no view. */
  async watch(watcher: TableWatcher): Promise<void> {
    const changes = await this.#kv.watch();
    this.#stopWatch = () => changes.stop();
    void this.#follow(changes, watcher);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopWatch?.();
  }

  #subjectOf(node: NodeId): string {
    return `$KV.${this.#bucket}.${node}`;
  }

  async #follow(changes: AsyncIterable<KvEntry>, watcher: TableWatcher): Promise<void> {
    try {
      for await (const change of changes) {
        const entry = toEntry(change.value, change.revision);
        if (entry !== undefined) watcher(entry);
      }
    } catch (error) {
      this.#problem(error);
    }
    if (!this.#isClosed) this.#watchAgain(watcher);
  }

  #watchAgain(watcher: TableWatcher): void {
    this.#later(watchAgainMs, () => {
      if (this.#isClosed) return;
      this.watch(watcher).catch((error: unknown) => {
        this.#problem(error);
        this.#watchAgain(watcher);
      });
    });
  }
}

export interface TableParts {
  readonly replicas: number;
  readonly problem: (error: unknown) => void;
  readonly later: (delayMs: number, task: () => void) => void;
}

/** `undefined` for what is no record: somebody else wrote into the bucket, or deleted. */
function toEntry(bytes: Uint8Array, revision: number): TableEntry | undefined {
  try {
    const record = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as NodeRecord;
    return isRecord(record) ? { record, revision } : undefined;
  } catch {
    return undefined; // a deletion marker has no value
  }
}

const states: readonly string[] = ["up", "draining", "left", "removed"] satisfies NodeState[];

function isRecord({ node, epoch, state, weight, types }: NodeRecord): boolean {
  return (
    isNodeId(node) &&
    Number.isSafeInteger(epoch) &&
    states.includes(state) &&
    typeof weight === "number" &&
    Array.isArray(types)
  );
}

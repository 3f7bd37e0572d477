// The member table in a JetStream key-value bucket: the bucket's revision is the table's. Reads ask the stream's leader,
// since a replica could hand out a lease that is no longer there.
import type { Link } from "@aether/nats";
import { clientOf, ensureBucket } from "@aether/persistence/jetstream";
import { type KV, type KvEntry, Kvm } from "@nats-io/kv";
import type { MemberTable, TableEntry, TableWatcher } from "../contracts/member-table.ts";
import type { NodeId, NodeRecord, NodeState } from "../contracts/node.ts";
import { startsPerRevision } from "../epoch.ts";
import { isNodeId } from "../node-id.ts";
import { encodeRecord, writeFenced } from "./fenced-write.ts";
import type { ClusterNames } from "./names.ts";

const watchAgainMs = 1_000;
/** A consumer that is put on a server which has just died is never made. The next one is put anywhere again. */
const beginTries = 4;
/** Who is gone is shown for so long: where each start has a name of its own, the table would grow for ever. */
const keepGoneSeconds = 7 * 24 * 3_600;

/** One call of `watch`, over all the consumers that it takes. */
interface Watching {
  readonly watcher: TableWatcher;
  isOver: boolean;
  stop: () => void;
}

export class NatsTable implements MemberTable {
  readonly #link: Link;
  readonly #names: ClusterNames;
  readonly #kv: KV;
  readonly #problem: (error: unknown) => void;
  readonly #later: (delayMs: number, task: () => void) => void;
  readonly #watching = new Set<Watching>();

  private constructor(link: Link, names: ClusterNames, kv: KV, parts: TableParts) {
    this.#link = link;
    this.#names = names;
    this.#kv = kv;
    this.#problem = parts.problem;
    this.#later = parts.later;
  }

  static async open(link: Link, names: ClusterNames, parts: TableParts): Promise<NatsTable> {
    await ensureBucket(link, names.bucket, parts.replicas);
    const kv = await new Kvm(clientOf(link)).open(names.bucket);
    return new NatsTable(link, names, kv, parts);
  }

  async read(node: NodeId): Promise<TableEntry | undefined> {
    const found = await this.#link.getLastFromLeader(this.#names.bucketStream, this.#names.entryOf(node));
    return found === undefined ? undefined : toEntry(found.data, found.sequence);
  }

  async newest(): Promise<number> {
    const last = await this.#link.getLastFromLeader(this.#names.bucketStream, this.#names.entryOf(">"));
    return last === undefined || toEntry(last.data, last.sequence) === undefined ? 0 : last.sequence;
  }

  async write(record: NodeRecord, expectedRevision: number): Promise<number | undefined> {
    const link = this.#link;
    const stream = this.#names.bucketStream;
    const subject = this.#names.entryOf(record.node);
    const pause = (ms: number): Promise<void> => new Promise((resolve) => this.#later(ms, resolve));
    const isGone = record.state === "left" || record.state === "removed";
    const ttlSeconds = isGone ? keepGoneSeconds : undefined;
    const write = { link, stream, subject, bytes: encodeRecord(record), ttlSeconds, pause };
    const revision = await writeFenced(write, expectedRevision);
    if (revision !== undefined || expectedRevision !== 0) return revision;
    const last = await link.getLastFromLeader(stream, subject);
    const isDeleted = last !== undefined && toEntry(last.data, last.sequence) === undefined;
    return isDeleted ? writeFenced(write, last.sequence) : undefined;
  }

  /** A watch that ends is begun again: it tells everything anew, and what is old news changes no view. */
  async watch(watcher: TableWatcher): Promise<() => void> {
    const watching: Watching = { watcher, isOver: false, stop: () => undefined };
    const end = (): void => {
      watching.isOver = true;
      watching.stop();
      this.#watching.delete(watching);
    };
    this.#watching.add(watching);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#begin(watching);
        return end;
      } catch (error) {
        if (attempt < beginTries && !watching.isOver) continue;
        end();
        throw error;
      }
    }
  }

  close(): void {
    for (const watching of this.#watching) {
      watching.isOver = true;
      watching.stop();
    }
  }

  /** Resolves when the watcher knows what the leader had when this began. */
  async #begin(watching: Watching): Promise<void> {
    const last = await this.#link.getLastFromLeader(this.#names.bucketStream, this.#names.entryOf(">"));
    const changes = await this.#kv.watch();
    watching.stop = () => changes.stop();
    if (watching.isOver) return changes.stop();
    await new Promise<void>((resolve) => {
      void this.#follow(changes, watching, { revision: last?.sequence ?? 0, resolve });
    });
  }

  async #follow(changes: AsyncIterable<KvEntry>, watching: Watching, caughtUp: CaughtUp): Promise<void> {
    if (caughtUp.revision === 0) caughtUp.resolve();
    try {
      for await (const change of changes) {
        const entry = toEntry(change.value, change.revision);
        if (entry !== undefined && !watching.isOver) watching.watcher(entry);
        if (change.revision >= caughtUp.revision) caughtUp.resolve();
      }
    } catch (error) {
      this.#problem(error);
    }
    caughtUp.resolve();
    if (!watching.isOver) this.#watchAgain(watching);
  }

  #watchAgain(watching: Watching): void {
    this.#later(watchAgainMs, () => {
      if (watching.isOver) return;
      this.#begin(watching).catch((error: unknown) => {
        this.#problem(error);
        this.#watchAgain(watching);
      });
    });
  }
}

interface CaughtUp {
  readonly revision: number;
  readonly resolve: () => void;
}

export interface TableParts {
  readonly replicas: number;
  readonly problem: (error: unknown) => void;
  readonly later: (delayMs: number, task: () => void) => void;
}

/** `undefined` for what is no record: somebody else wrote into the bucket, or deleted. */
function toEntry(bytes: Uint8Array, revision: number): TableEntry | undefined {
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    const { write: _write, ...record } = JSON.parse(text) as NodeRecord & { readonly write?: string };
    return isRecord(record) ? { record, revision } : undefined;
  } catch {
    return undefined; // a deletion marker has no value
  }
}

const states: readonly string[] = ["up", "draining", "left", "removed"] satisfies NodeState[];

function isRecord({ node, epoch, start = 0, state, weight, types }: NodeRecord): boolean {
  return (
    isNodeId(node) &&
    Number.isSafeInteger(epoch) &&
    Number.isInteger(start) &&
    start >= 0 &&
    start < startsPerRevision &&
    states.includes(state) &&
    typeof weight === "number" &&
    Array.isArray(types)
  );
}

// Events in this process's memory: for tests, and for systems that may forget. Several systems may share one store.
import type { ActorKey, AppendOutcome, EventStore, StoredCommit, Token } from "../contracts/event-store.ts";
import { StoreClosed } from "../errors.ts";

const pageSize = 256;

/** What is stored; outlives the stores that open it. */
export class MemoryLog {
  readonly #commits = new Map<string, StoredCommit[]>();
  readonly #keep: number;
  #last: Token = 0;

  /** @param keep how many of each actor are kept */
  constructor(keep: number = Number.POSITIVE_INFINITY) {
    this.#keep = keep;
  }

  of({ type, id }: ActorKey): readonly StoredCommit[] {
    return this.#commits.get(`${type}/${id}`) ?? [];
  }

  /** Stores behind `after`, or says what stands there. */
  append({ type, id }: ActorKey, after: Token, bytes: Uint8Array): AppendOutcome {
    const key = `${type}/${id}`;
    const commits = this.#commits.get(key) ?? [];
    if ((commits.at(-1)?.token ?? 0) !== after) {
      const next = commits.find((commit) => commit.token > after);
      const isSame = next !== undefined && Buffer.compare(next.bytes, bytes) === 0;
      return isSame ? { type: "committed", token: next.token } : { type: "conflict" };
    }
    const token = ++this.#last;
    commits.push({ token, bytes: Uint8Array.from(bytes) });
    if (commits.length > this.#keep) commits.shift();
    this.#commits.set(key, commits);
    return { type: "committed", token };
  }
}

/** What readers get is their own. */
export function copy({ token, bytes }: StoredCommit): StoredCommit {
  return { token, bytes: Uint8Array.from(bytes) };
}

export class MemoryEventStore implements EventStore {
  readonly limits: EventStore["limits"] = { maxCommitBytes: 1_048_576 };
  readonly #log: MemoryLog;
  #isClosed = false;

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async head(actor: ActorKey): Promise<StoredCommit | undefined> {
    const last = this.#open().of(actor).at(-1);
    return last && copy(last);
  }

  async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
    const log = this.#open();
    if (bytes.length > this.limits.maxCommitBytes)
      return { type: "rejected", reason: `${bytes.length} bytes are too many` };
    return log.append(actor, after, bytes);
  }

  async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<readonly StoredCommit[]> {
    const found = this.#open()
      .of(actor)
      .filter(({ token }) => token > range.after && token <= range.upTo);
    for (let i = 0; i < found.length; i += pageSize) yield found.slice(i, i + pageSize).map(copy);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #open(): MemoryLog {
    if (this.#isClosed) throw new StoreClosed("memory event");
    return this.#log;
  }
}

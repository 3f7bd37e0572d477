// Events in this process's memory: for tests, and for systems that may forget. Several systems may share one store.
import type { ActorKey, AppendOutcome, EventStore, StoredAt, StoredCommit, Token } from "../contracts/event-store.ts";
import { StoreClosed } from "../errors.ts";
import { followerOf } from "../following.ts";

const pageSize = 256;

/** What is stored; outlives the stores that open it. */
export class MemoryLog {
  readonly #actors = new Map<string, { readonly actor: ActorKey; commits: StoredCommit[] }>();
  readonly #followers = new Set<(stored: StoredAt) => void>();
  readonly #keep: number;
  #last: Token = 0;

  /** @param keep how many of each actor are kept */
  constructor(keep: number = Number.POSITIVE_INFINITY) {
    this.#keep = keep;
  }

  of({ type, id }: ActorKey): readonly StoredCommit[] {
    return this.#actors.get(`${type}/${id}`)?.commits ?? [];
  }

  actors(): ActorKey[] {
    return Array.from(this.#actors.values(), ({ actor }) => actor);
  }

  /** Stores behind `after`, or says what stands there. */
  append({ type, id }: ActorKey, after: Token, bytes: Uint8Array): AppendOutcome {
    const key = `${type}/${id}`;
    const known = this.#actors.get(key) ?? { actor: { type, id }, commits: [] };
    const { actor, commits } = known;
    if ((commits.at(-1)?.token ?? 0) !== after) {
      const next = commits.find((commit) => commit.token > after);
      const isSame = next !== undefined && Buffer.compare(next.bytes, bytes) === 0;
      return isSame ? { type: "committed", token: next.token } : { type: "conflict" };
    }
    const token = ++this.#last;
    commits.push({ token, bytes: copyOf(bytes) });
    if (commits.length > this.#keep) commits.shift();
    this.#actors.set(key, known);
    for (const tell of this.#followers) tell({ actor, token });
    return { type: "committed", token };
  }

  truncate({ type, id }: ActorKey, before: Token): void {
    const known = this.#actors.get(`${type}/${id}`);
    if (known === undefined) return;
    known.commits = known.commits.filter(({ token }, i) => token >= before || i === known.commits.length - 1);
  }

  /** @param follower a function of its own each time, which never throws */
  follow(follower: (stored: StoredAt) => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }
}

/** What readers get is their own. */
export function copy({ token, bytes }: StoredCommit): StoredCommit {
  return { token, bytes: copyOf(bytes) };
}

/** `Uint8Array.from` goes through an iterator, and each `Uint8Array` is an allocation of its own outside the heap. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes);
}

export class MemoryEventStore implements EventStore {
  readonly limits: EventStore["limits"] = { maxCommitBytes: 1_048_576 };
  readonly #log: MemoryLog;
  readonly #warn: (message: string) => void;
  readonly #ends = new Set<() => void>();
  #isClosed = false;

  constructor(log: MemoryLog, warn: (message: string) => void) {
    this.#log = log;
    this.#warn = warn;
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
    const { after, upTo } = range;
    const found = this.#open()
      .of(actor)
      .filter(({ token }) => token > after && token <= upTo);
    if (upTo > after && found.at(-1)?.token !== upTo) {
      throw new Error(`${actor.type}/${actor.id}: commit ${upTo} is not stored`);
    }
    for (let i = 0; i < found.length; i += pageSize) yield found.slice(i, i + pageSize).map(copy);
  }

  async truncate(actor: ActorKey, before: Token): Promise<void> {
    this.#open().truncate(actor, before);
  }

  async *list(): AsyncIterable<readonly ActorKey[]> {
    const actors = this.#open().actors();
    for (let i = 0; i < actors.length; i += pageSize) yield actors.slice(i, i + pageSize);
  }

  async follow(listener: (stored: StoredAt) => void): Promise<() => Promise<void>> {
    const end = this.#open().follow(followerOf(listener, this.#warn));
    this.#ends.add(end);
    return async () => end();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#ends) end();
  }

  #open(): MemoryLog {
    if (this.#isClosed) throw new StoreClosed("memory event");
    return this.#log;
  }
}

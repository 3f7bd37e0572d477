// Events in the data file: one row is one commit, its number among the actor's commits is its token.
import type { ActorKey, AppendOutcome, EventStore, StoredAt, StoredCommit, Token } from "../contracts/event-store.ts";
import { StoreClosed } from "../errors.ts";
import { followerOf } from "../following.ts";
import { actorOf, keyOf } from "./actors.ts";
import type { Connection } from "./connection.ts";
import { anyNumber } from "./fenced-log.ts";
import { outcomeOf } from "./outcome.ts";
import { orphaned, type Reply } from "./replies.ts";
import { type RequestKind, requestKinds } from "./requests.ts";

const nothing = new Uint8Array(0);

export class EmbeddedEventStore implements EventStore {
  readonly limits: EventStore["limits"] = { maxCommitBytes: 1_048_576 };
  readonly #connection: Connection;
  readonly #warn: (message: string) => void;
  readonly #ends = new Set<() => void>();
  #isClosed = false;

  constructor(connection: Connection, warn: (message: string) => void) {
    this.#connection = connection;
    this.#warn = warn;
  }

  /** Not `async`, and no promise but one: each costs as much memory as the rest of an append, or of a head. */
  head(actor: ActorKey): Promise<StoredCommit | undefined> {
    if (this.#isClosed) return Promise.reject(new StoreClosed("embedded event"));
    const call = { kind: requestKinds.head, key: keyOf(actor), from: anyNumber, to: 0, bytes: nothing };
    const connection = this.#connection;
    return connection.call(call, ({ number, entries }) => {
      const last = entries?.[0];
      // Asked for now, not before the call: whoever opens the file from here on is told no of this head and takes it over.
      return last && { token: last.token, bytes: last.bytes, isOrphaned: number === orphaned && connection.isAlone };
    });
  }

  append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
    if (this.#isClosed) return Promise.reject(new StoreClosed("embedded event"));
    const { maxCommitBytes } = this.limits;
    if (bytes.length > maxCommitBytes) {
      return Promise.resolve({ type: "rejected", reason: `${bytes.length} bytes, at most ${maxCommitBytes} fit` });
    }
    const call = { kind: requestKinds.append, key: keyOf(actor), from: after, to: 0, bytes };
    return this.#connection.call(call, outcomeOf);
  }

  /** Each page is asked for before the one before it is handed out: the thread reads while the reader works. */
  async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<readonly StoredCommit[]> {
    const { after, upTo } = range;
    if (upTo <= after) return void this.#open();
    const key = keyOf(actor);
    let seen = after;
    let next = this.#read(requestKinds.read, key, after, upTo);
    while (seen < upTo) {
      const page = await next;
      const last = page.at(-1);
      if (last === undefined) throw new Error(`${actor.type}/${actor.id}: commit ${upTo} is not stored`);
      seen = last.token;
      if (seen < upTo) {
        next = this.#read(requestKinds.read, key, seen, upTo);
        this.#connection.send();
        // A reader that stops early never looks at it.
        next.catch(() => undefined);
      }
      yield page;
    }
  }

  async truncate(actor: ActorKey, before: Token): Promise<void> {
    const call = { kind: requestKinds.truncate, key: keyOf(actor), from: before, to: 0, bytes: nothing };
    let hasMore: Reply;
    do hasMore = await this.#open().call(call);
    while (hasMore.number === 1);
  }

  async *list(): AsyncIterable<readonly ActorKey[]> {
    let page = await this.#read(requestKinds.list, "", 0, 0);
    while (page.length > 0) {
      yield page.map(({ bytes }) => actorOf(Buffer.from(bytes).toString()));
      page = await this.#read(requestKinds.list, "", page.at(-1)?.token ?? 0, 0);
    }
  }

  async follow(listener: (stored: StoredAt) => void): Promise<() => Promise<void>> {
    const end = this.#open().follow(followerOf(listener, this.#warn));
    this.#ends.add(end);
    return async () => {
      this.#ends.delete(end);
      end();
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#ends) end();
    this.#ends.clear();
  }

  async #read(kind: RequestKind, key: string, from: number, to: number): Promise<readonly StoredCommit[]> {
    const { entries = [] } = await this.#open().call({ kind, key, from, to, bytes: nothing });
    return entries;
  }

  #open(): Connection {
    if (this.#isClosed) throw new StoreClosed("embedded event");
    return this.#connection;
  }
}

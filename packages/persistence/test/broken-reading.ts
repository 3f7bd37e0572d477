// Stores of events that are wrong in one way each, in what they give back, with the case that has to say so.
import type { ActorKey, AppendOutcome, StoredCommit, Token } from "@aether/persistence";
import { type BrokenStores, Plain, Shelf } from "./plain-store.ts";

export const brokenReading: BrokenStores = {
  "reads the lower bound too": [
    "reads the commits after one token up to another, in order",
    class extends Plain {
      override read = (actor: ActorKey, { after, upTo }: { after: Token; upTo: Token }) =>
        super.read(actor, { after: Math.max(0, after - 1), upTo });
    },
  ],
  "reads past the upper bound": [
    "reads the commits after one token up to another, in order",
    class extends Plain {
      override read = (actor: ActorKey, { after }: { after: Token }) =>
        super.read(actor, { after, upTo: this.last(actor) });
    },
  ],
  "ends a read early that asks for more than there is": [
    "throws for a commit that is not there, rather than end early",
    class extends Plain {
      override async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
        const isThere = this.of(actor).some(({ token }) => token === range.upTo);
        yield* super.read(actor, { ...range, upTo: isThere ? range.upTo : Math.min(range.upTo, this.last(actor)) });
      }
    },
  ],
  "waits for a commit that is not there": [
    "throws for a commit that is not there, rather than end early",
    class extends Plain {
      override async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
        if (range.upTo > Math.max(range.after, this.last(actor))) await new Promise(() => undefined);
        yield* super.read(actor, range);
      }
    },
  ],
  "reads one page alone": [
    "reads more commits than a page holds",
    class extends Plain {
      override async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
        for await (const page of super.read(actor, range)) yield page.slice(0, 256);
      }
    },
  ],
  "reads backwards": [
    "reads the commits after one token up to another, in order",
    class extends Plain {
      override async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
        for await (const page of super.read(actor, range)) yield page.toReversed();
      }
    },
  ],
  "keeps the caller's bytes": [
    "neither changes nor keeps the bytes that it is given",
    class extends Plain {
      protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
        const token = this.last(actor) + 1;
        this.of(actor).push({ token, bytes });
        return { type: "committed", token };
      }
    },
  ],
  "hands out its own bytes": [
    "gives each reader bytes of its own",
    class extends Plain {
      override head = async (actor: ActorKey) => (this.assertOpen(), this.of(actor).at(-1));
    },
  ],
  "stores the whole buffer behind a view": [
    "gives every byte back, also of a view into a larger buffer",
    class extends Plain {
      override append = (actor: ActorKey, after: Token, bytes: Uint8Array) =>
        super.append(actor, after, new Uint8Array(bytes.buffer));
    },
  ],
  "keeps text instead of bytes": [
    "gives every byte back, also of a view into a larger buffer",
    class extends Plain {
      protected override put = (actor: ActorKey, bytes: Uint8Array) =>
        super.put(actor, Buffer.from(Buffer.from(bytes).toString()));
    },
  ],
  "ignores the case of ids": [
    "keeps actors apart, whatever their types and ids look like",
    class extends Plain {
      protected override key = ({ type, id }: ActorKey) => JSON.stringify([type, id.toLowerCase()]);
    },
  ],
  "normalizes ids": [
    "keeps actors apart, whatever their types and ids look like",
    class extends Plain {
      protected override key = ({ type, id }: ActorKey) => JSON.stringify([type, id.normalize()]);
    },
  ],
  "joins type and id so that two pairs meet": [
    "keeps actors apart, whatever their types and ids look like",
    class extends Plain {
      protected override key = ({ type, id }: ActorKey) => `${type}-${id}`;
    },
  ],
  "keeps its data to one connection": [
    "gives two connections the same data and the same fence",
    class extends Plain {
      constructor() {
        super(new Shelf());
      }
    },
  ],
  "works on after close": [
    "throws after it was closed, and other connections go on",
    class extends Plain {
      override close = async () => undefined;
    },
  ],
  "closes for everybody": [
    "throws after it was closed, and other connections go on",
    class extends Plain {
      override close = async () => void (this.log.clear(), (this.isClosed = true));
    },
  ],
  "makes up a head for nobody": [
    "knows nothing of an actor that nobody wrote to",
    class extends Plain {
      override head = async (actor: ActorKey) => (
        this.assertOpen(),
        structuredClone(this.of(actor).at(-1) ?? { token: 0, bytes: new Uint8Array() })
      );
    },
  ],
  "calls the head orphaned that it found when it was opened": [
    "calls no head orphaned while two connections may append behind it",
    class extends Plain {
      readonly #found = new Map([...this.log].map(([key, commits]) => [key, commits.at(-1)?.token]));
      override async head(actor: ActorKey): Promise<StoredCommit | undefined> {
        const head = await super.head(actor);
        return head && { ...head, isOrphaned: this.#found.get(this.key(actor)) === head.token };
      }
    },
  ],
  "gives the first commit as the head": [
    "gives the last commit as the head",
    class extends Plain {
      override head = async (actor: ActorKey) => (this.assertOpen(), structuredClone(this.of(actor)[0]));
    },
  ],
  "remembers heads that others have moved": [
    "gives two connections the same data and the same fence",
    class extends Plain {
      readonly #heads = new Map<string, StoredCommit | undefined>();
      protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
        this.#heads.delete(this.key(actor));
        return super.put(actor, bytes);
      }
      override async head(actor: ActorKey): Promise<StoredCommit | undefined> {
        const found = this.#heads.get(this.key(actor)) ?? (await super.head(actor));
        this.#heads.set(this.key(actor), found);
        return structuredClone(found);
      }
    },
  ],
  "gives the last page before the others": [
    "reads more commits than a page holds",
    class extends Plain {
      override async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
        for await (const page of super.read(actor, range)) {
          const first = page.splice(0, 256);
          if (page.length > 0) yield page;
          yield first;
        }
      }
    },
  ],
  "loses what does not fill a page": [
    "reads more commits than a page holds",
    class extends Plain {
      override async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
        for await (const page of super.read(actor, range)) {
          yield page.length > 256 ? page.slice(0, page.length - (page.length % 256)) : page;
        }
      }
    },
  ],
  "gives the last commit of a page twice": [
    "reads more commits than a page holds",
    class extends Plain {
      override async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
        for await (const page of super.read(actor, range)) {
          yield page.slice(0, 256);
          if (page.length > 256) yield page.slice(255);
        }
      }
    },
  ],
  "reads on to what comes meanwhile": [
    "reads up to its bound while others append",
    class extends Plain {
      override async *read(
        actor: ActorKey,
        { after, upTo }: { after: Token; upTo: Token },
      ): AsyncIterable<StoredCommit[]> {
        this.assertOpen();
        const reachesHead = upTo > after && upTo === this.last(actor);
        const isAsked = ({ token }: StoredCommit) => token > after && (reachesHead || token <= upTo);
        for (
          let at = 0, page;
          (page = this.of(actor)
            .filter(isAsked)
            .slice(at, at + 256)).length > 0;
          at += 256
        ) {
          yield structuredClone(page);
        }
      }
    },
  ],
  "is held by a reader that stops early": [
    "takes a reader that stops early",
    class extends Plain {
      #isHeld = false;
      override async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
        if (this.#isHeld) throw new Error("somebody reads");
        this.#isHeld = true;
        yield* super.read(actor, range);
        this.#isHeld = false;
      }
    },
  ],
  "forgets the oldest of more than 256 actors": [
    "keeps many actors",
    class extends Plain {
      protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
        const [oldest] = this.log.keys();
        if (this.log.size > 256 && oldest !== undefined) this.log.delete(oldest);
        return super.put(actor, bytes);
      }
    },
  ],
  "loses the newest commits when it is closed": [
    "has everything that it acknowledged when it is opened again",
    class extends Plain {
      override async close(): Promise<void> {
        for (const commits of this.log.values()) commits.pop();
        await super.close();
      }
    },
  ],
  "numbers what it has anew when it is closed": [
    "has the same fence when it is opened again",
    class extends Plain {
      override async close(): Promise<void> {
        for (const commits of this.log.values())
          commits.forEach(({ bytes }, i) => (commits[i] = { token: i + 1, bytes }));
        await super.close();
      }
    },
  ],
  "leaves the appends hanging that it is closed over": [
    "settles every append that is under way when it is closed",
    class extends Plain {
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        this.assertOpen();
        await Promise.resolve();
        return this.isClosed ? new Promise(() => undefined) : super.append(actor, after, bytes);
      }
    },
  ],
  "acknowledges at close what it does not store": [
    "settles every append that is under way when it is closed",
    class extends Plain {
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        this.assertOpen();
        await Promise.resolve();
        return this.isClosed ? { type: "committed", token: after + 3 } : super.append(actor, after, bytes);
      }
    },
  ],
};

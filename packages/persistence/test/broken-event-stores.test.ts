// The suite bites: each of these stores is wrong in one way, and at least the named case says so.
import type { ActorKey, AppendOutcome, StoredCommit, Token } from "@aether/persistence";
import { expect, it } from "vitest";
import { type Broken, conflict, failures, Plain } from "./plain-store.ts";

it("the correct store passes", async () => {
  expect(await failures(Plain, "events")).toEqual([]);
});

const eventStores: Record<string, [caughtBy: string, Broken]> = {
  "has no fence": [
    "lets exactly one of 50 win that append at once",
    class extends Plain {
      override append = async (actor: ActorKey, _: Token, bytes: Uint8Array) => this.put(actor, bytes);
    },
  ],
  "fences the first commit alone": [
    "refuses to append behind a commit that is not the last",
    class extends Plain {
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        return after > 0 ? this.put(actor, bytes) : super.append(actor, after, bytes);
      }
    },
  ],
  "takes any token that is not too low": [
    "refuses to append behind a commit that does not exist",
    class extends Plain {
      protected override last = (actor: ActorKey) => super.last(actor);
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        return after > this.last(actor) ? this.put(actor, bytes) : super.append(actor, after, bytes);
      }
    },
  ],
  "has one fence for all actors": [
    "keeps actors apart, whatever their types and ids look like",
    class extends Plain {
      protected override last = () => Math.max(0, ...[...this.log.values()].flat().map(({ token }) => token));
    },
  ],
  "looks first and stores later": [
    "lets exactly one of 50 win that append at once",
    class extends Plain {
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        this.assertOpen();
        if (this.last(actor) !== after) return this.standing(actor, after, bytes);
        await Promise.resolve();
        return this.put(actor, bytes);
      }
    },
  ],
  "takes a repeat for a conflict": [
    "answers a repeated append with the token of the first",
    class extends Plain {
      protected override standing = () => conflict;
    },
  ],
  "takes a repeated first append for a conflict": [
    "answers a repeated first append with the token of the first",
    class extends Plain {
      protected override standing(actor: ActorKey, after: Token, bytes: Uint8Array): AppendOutcome {
        return after === 0 ? conflict : super.standing(actor, after, bytes);
      }
    },
  ],
  "stores a repeat again": [
    "answers a repeated append with the token of the first",
    class extends Plain {
      protected override standing(actor: ActorKey, after: Token, bytes: Uint8Array): AppendOutcome {
        return super.standing(actor, after, bytes).type === "committed" ? this.put(actor, bytes) : conflict;
      }
    },
  ],
  "looks for a repeat in the last commit alone": [
    "recognises a repeated append under foreign commits",
    class extends Plain {
      protected override standing(actor: ActorKey, after: Token, bytes: Uint8Array): AppendOutcome {
        const last = this.of(actor).at(-1);
        const previous = this.of(actor).at(-2)?.token ?? 0;
        return last && previous === after ? super.standing(actor, after, bytes) : conflict;
      }
    },
  ],
  "takes equal bytes anywhere for a repeat": [
    "takes an append for a repeat only where it stands",
    class extends Plain {
      protected override standing(actor: ActorKey, _: Token, bytes: Uint8Array): AppendOutcome {
        const same = this.of(actor).find((stored) => Buffer.compare(stored.bytes, bytes) === 0);
        return same ? { type: "committed", token: same.token } : conflict;
      }
    },
  ],
  "never stores equal bytes twice": [
    "stores equal bytes again behind another token, and for another actor",
    class extends Plain {
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        const same = [...this.log.values()].flat().find((stored) => Buffer.compare(stored.bytes, bytes) === 0);
        return same ? { type: "committed", token: same.token } : super.append(actor, after, bytes);
      }
    },
  ],
  "stores what it calls a conflict": [
    "leaves everything as it was when an append fails",
    class extends Plain {
      protected override standing(actor: ActorKey, after: Token, bytes: Uint8Array): AppendOutcome {
        const outcome = super.standing(actor, after, bytes);
        if (outcome.type === "conflict") this.put(actor, bytes);
        return outcome;
      }
    },
  ],
  "stores what it rejects": [
    "rejects a commit over its limit and takes one of exactly the limit",
    class extends Plain {
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        if (!this.isClosed && bytes.length > 100_000) this.put(actor, bytes);
        return super.append(actor, after, bytes);
      }
    },
  ],
  "cuts what is too large": [
    "rejects a commit over its limit and takes one of exactly the limit",
    class extends Plain {
      override append = (actor: ActorKey, after: Token, bytes: Uint8Array) =>
        super.append(actor, after, bytes.slice(0, 100_000));
    },
  ],
  "takes less than its limit": [
    "rejects a commit over its limit and takes one of exactly the limit",
    class extends Plain {
      override readonly limits = { maxCommitBytes: 100_001, maxSnapshotBytes: 100_001 };
    },
  ],
  "begins at token 0": [
    "numbers an actor's commits with growing tokens above 0",
    class extends Plain {
      protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
        const token = this.of(actor).length;
        this.of(actor).push({ token, bytes: Uint8Array.from(bytes) });
        return { type: "committed", token };
      }
    },
  ],
  "reads the lower bound too": [
    "reads the commits after one token up to another, in order",
    class extends Plain {
      override read = (actor: ActorKey, { after, upTo }: { after: Token; upTo: Token }) =>
        super.read(actor, { after: after - 1, upTo });
    },
  ],
  "reads past the upper bound": [
    "reads the commits after one token up to another, in order",
    class extends Plain {
      override read = (actor: ActorKey, { after }: { after: Token }) =>
        super.read(actor, { after, upTo: Number.POSITIVE_INFINITY });
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
        super(new Map());
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
};

it.each(Object.entries(eventStores))("a store of events that %s is caught", async (_, [caughtBy, Store]) => {
  expect(await failures(Store, "events")).toContain(caughtBy);
});

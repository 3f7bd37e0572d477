// Stores of snapshots that are wrong in one way each, with the case that has to say so.
import type { ActorKey, AppendOutcome, Token } from "@aether/persistence";
import { type BrokenStores, conflict, Plain } from "./plain-store.ts";

export const brokenSnapshotStores: BrokenStores = {
  "has no fence": [
    "refuses to save behind a snapshot that is not the newest",
    class extends Plain {
      override save = async (actor: ActorKey, _: Token, bytes: Uint8Array) => this.put(actor, bytes);
    },
  ],
  "gives the oldest": [
    "gives the newest snapshot",
    class extends Plain {
      override load = async (actor: ActorKey) => (this.assertOpen(), structuredClone(this.of(actor)[0]));
    },
  ],
  "counts the given one among the older ones": [
    "gives the one before a snapshot",
    class extends Plain {
      override load = (actor: ActorKey, before = Number.POSITIVE_INFINITY) => super.load(actor, before + 1);
    },
  ],
  "keeps the newest alone": [
    "gives the one before a snapshot",
    class extends Plain {
      protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
        const outcome = super.put(actor, bytes);
        this.of(actor).splice(0, this.of(actor).length - 1);
        return outcome;
      }
    },
  ],
  "takes a repeat for a conflict": [
    "answers a repeated save with the token of the first",
    class extends Plain {
      protected override standing = () => conflict;
    },
  ],
  "hands out its own bytes": [
    "keeps and hands out no reference",
    class extends Plain {
      override load = async (actor: ActorKey) => (this.assertOpen(), this.of(actor).at(-1));
    },
  ],
  "normalizes ids": [
    "keeps actors apart, whatever their ids look like",
    class extends Plain {
      protected override key = ({ type, id }: ActorKey) => JSON.stringify([type, id.normalize()]);
    },
  ],
  "takes less than its limit": [
    "rejects a snapshot over its limit and saves nothing",
    class extends Plain {
      override readonly limits = { maxCommitBytes: 100_000, maxSnapshotBytes: 10 };
    },
  ],
  "works on after close": [
    "throws after it was closed, and other connections go on",
    class extends Plain {
      override close = async () => undefined;
    },
  ],
  "gives anybody's snapshot to those who have none": [
    "knows no snapshot of an actor that has none",
    class extends Plain {
      override load = async (actor: ActorKey, before?: Token) =>
        (await super.load(actor, before)) ?? structuredClone([...this.log.values()].flat()[0]);
    },
  ],
  "falls back on the first": [
    "gives none before the first",
    class extends Plain {
      override load = async (actor: ActorKey, before?: Token) =>
        (await super.load(actor, before)) ?? structuredClone(this.of(actor)[0]);
    },
  ],
  "leaves one of each ten snapshots": [
    "keeps the two newest of many snapshots",
    class extends Plain {
      protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
        const outcome = super.put(actor, bytes);
        if (this.of(actor).length > 10) this.of(actor).splice(0, 10);
        return outcome;
      }
    },
  ],
  "goes round in the way back": [
    "keeps the two newest of many snapshots",
    class extends Plain {
      override load = async (actor: ActorKey, before?: Token) =>
        before === 3 && this.of(actor).length > 3 ? super.load(actor) : super.load(actor, before);
    },
  ],
  "keeps text instead of bytes": [
    "gives every byte back",
    class extends Plain {
      protected override put = (actor: ActorKey, bytes: Uint8Array) =>
        super.put(actor, Buffer.from(Buffer.from(bytes).toString()));
    },
  ],
  "keeps the first 64 KiB": [
    "keeps large snapshots",
    class extends Plain {
      protected override put = (actor: ActorKey, bytes: Uint8Array) => super.put(actor, bytes.subarray(0, 65_536));
    },
  ],
  "joins the pieces of large ones in a wrong order": [
    "keeps large snapshots",
    class extends Plain {
      protected override put = (actor: ActorKey, bytes: Uint8Array) =>
        super.put(actor, Buffer.concat([bytes.subarray(65_536), bytes.subarray(0, 65_536)]));
    },
  ],
  "keeps the caller's bytes": [
    "keeps and hands out no reference",
    class extends Plain {
      protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
        const token = this.next(actor);
        this.of(actor).push({ token, bytes });
        return { type: "committed", token };
      }
    },
  ],
  "forgets the oldest of more than 100 actors": [
    "keeps the snapshots of many actors",
    class extends Plain {
      protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
        const [oldest] = this.log.keys();
        if (this.log.size > 100 && oldest !== undefined) this.log.delete(oldest);
        return super.put(actor, bytes);
      }
    },
  ],
  "loses the newest when it is closed": [
    "has its snapshots and their fence when it is opened again",
    class extends Plain {
      override async close(): Promise<void> {
        for (const snapshots of this.log.values()) snapshots.pop();
        await super.close();
      }
    },
  ],
  "has one fence for all actors": [
    "has a fence for each actor",
    class extends Plain {
      protected override last = () => Math.max(0, ...[...this.log.values()].flat().map(({ token }) => token));
    },
  ],
  "begins at token 0": [
    "numbers an actor's snapshots with growing tokens above 0",
    class extends Plain {
      protected override next = (actor: ActorKey) => this.of(actor).length;
    },
  ],
  "never saves equal bytes twice": [
    "saves equal bytes again behind another token",
    class extends Plain {
      override async save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        const same = this.of(actor).find((saved) => Buffer.compare(saved.bytes, bytes) === 0);
        return same ? { type: "committed", token: same.token } : super.save(actor, after, bytes);
      }
    },
  ],
  "looks first and saves later": [
    "lets exactly one of 50 win that save at once",
    class extends Plain {
      override async save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        this.assertOpen();
        if (this.last(actor) !== after) return this.standing(actor, after, bytes);
        await Promise.resolve();
        return this.put(actor, bytes);
      }
    },
  ],
  "lets the latest arrival stand": [
    "lets the newer of two stand that are saved at once",
    class extends Plain {
      override async save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        const outcome = await super.save(actor, after, bytes);
        return outcome.type === "conflict" && after > 0 ? this.put(actor, bytes) : outcome;
      }
    },
  ],
  "saves what it rejects": [
    "rejects a snapshot over its limit and saves nothing",
    class extends Plain {
      override async save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        if (!this.isClosed && bytes.length > 100_000) this.put(actor, bytes);
        return super.save(actor, after, bytes);
      }
    },
  ],
  "leaves the saves hanging that it is closed over": [
    "settles every save that is under way when it is closed",
    class extends Plain {
      override async save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        this.assertOpen();
        await Promise.resolve();
        return this.isClosed ? new Promise(() => undefined) : super.save(actor, after, bytes);
      }
    },
  ],
};

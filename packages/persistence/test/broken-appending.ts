// Stores of events that are wrong in one way each, in how they append, with the case that has to say so.
import type { ActorKey, AppendOutcome, Token } from "@aether/persistence";
import { type BrokenStores, conflict, Plain } from "./plain-store.ts";

export const brokenAppending: BrokenStores = {
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
  "takes any first commit": [
    "refuses a second first commit",
    class extends Plain {
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        return after === 0 && !this.isClosed ? this.put(actor, bytes) : super.append(actor, after, bytes);
      }
    },
  ],
  "looks for the expected commit among those of all actors": [
    "refuses to append behind another actor's commit",
    class extends Plain {
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        const heads = [...this.log.values()].map((commits) => commits.at(-1)?.token);
        const isFirst = this.of(actor).length === 0;
        return isFirst && heads.includes(after) ? this.put(actor, bytes) : super.append(actor, after, bytes);
      }
    },
  ],
  "recognises repeats of the newest 100 commits alone": [
    "recognises a repeated append however many came behind it",
    class extends Plain {
      protected override standing(actor: ActorKey, after: Token, bytes: Uint8Array): AppendOutcome {
        return (this.of(actor).at(-100)?.token ?? 0) > after ? conflict : super.standing(actor, after, bytes);
      }
    },
  ],
  "never takes what it once refused": [
    "takes what was refused behind the new head, once",
    class extends Plain {
      readonly #refused = new Set<string>();
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        const text = `${this.key(actor)}${Buffer.from(bytes).toString()}`;
        if (this.#refused.has(text)) return conflict;
        const outcome = await super.append(actor, after, bytes);
        if (outcome.type === "conflict") this.#refused.add(text);
        return outcome;
      }
    },
  ],
  "does not store what looks empty": [
    "stores the smallest commits and moves the fence",
    class extends Plain {
      protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
        return bytes.length > 2 ? super.put(actor, bytes) : { type: "committed", token: this.last(actor) };
      }
    },
  ],
  "fails a whole batch for one conflict in it": [
    "answers each of many appends at once for itself",
    class extends Plain {
      #batch: { isStale: boolean; end: Promise<void> } | undefined;
      override async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
        const batch = (this.#batch ??= {
          isStale: false,
          end: Promise.resolve().then(() => void (this.#batch = undefined)),
        });
        const isRepeat = this.last(actor) !== after && this.standing(actor, after, bytes).type === "committed";
        batch.isStale ||= this.last(actor) !== after && !isRepeat;
        await batch.end;
        return batch.isStale ? conflict : super.append(actor, after, bytes);
      }
    },
  ],
};

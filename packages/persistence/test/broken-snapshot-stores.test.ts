// The suite bites: each of these stores is wrong in one way, and at least the named case says so.
import type { ActorKey, AppendOutcome, Token } from "@aether/persistence";
import { expect, it } from "vitest";
import { type Broken, conflict, failures, Plain } from "./plain-store.ts";

it("the correct store passes", async () => {
  expect(await failures(Plain, "snapshots")).toEqual([]);
});

const snapshotStores: Record<string, [caughtBy: string, Broken]> = {
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
};

it.each(Object.entries(snapshotStores))("a store of snapshots that %s is caught", async (_, [caughtBy, Store]) => {
  expect(await failures(Store, "snapshots")).toContain(caughtBy);
});

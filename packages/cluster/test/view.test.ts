// What a node knows at one revision.
import { ClusterView, type NodeRecord } from "@aether/cluster";
import * as fc from "fast-check";
import { expect, it } from "vitest";

function recordOf(node: string, rest: Partial<NodeRecord> = {}): NodeRecord {
  return { node, epoch: 0, state: "up", weight: 1, types: ["t"], time: 0, ...rest };
}

const joined = ClusterView.empty.with({ record: recordOf("a"), revision: 5 });

it("makes a new view of each change and leaves the old one as it was", () => {
  const later = joined.with({ record: recordOf("b"), revision: 6 });
  expect([...joined.nodes.keys()]).toEqual(["a"]);
  expect([...later.nodes.keys()]).toEqual(["a", "b"]);
  expect(joined.candidatesFor("t").map(({ node }) => node)).toEqual(["a"]);
  expect(later.candidatesFor("t").map(({ node }) => node)).toEqual(["a", "b"]);
});

it("is not changed by a change that is older, or that it knows", () => {
  expect(joined.with({ record: recordOf("a", { state: "removed" }), revision: 4 })).toBe(joined);
  expect(joined.with({ record: recordOf("a", { state: "removed" }), revision: 5 })).toBe(joined);
  expect(joined.with({ record: recordOf("z"), revision: 1 })).toBe(joined);
});

it("ends the same in whatever way changes are repeated, as long as each comes after the ones before it", () => {
  const change = fc.record({ node: fc.constantFrom("a", "b", "c"), state: fc.constantFrom("up", "draining", "left") });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), fc.array(fc.nat()), (changes, again) => {
      const entries = changes.map((record, i) => ({
        record: recordOf(record.node, record as NodeRecord),
        revision: i + 1,
      }));
      const once = entries.reduce((view, entry) => view.with(entry), ClusterView.empty);
      let repeated = ClusterView.empty;
      for (const [i, entry] of entries.entries()) {
        repeated = repeated.with(entry);
        for (const at of again) repeated = repeated.with(entries[at % (i + 1)] as (typeof entries)[0]);
      }
      expect(repeated).toEqual(once);
    }),
  );
});

it("takes the revision of a join as its epoch, and keeps it over later changes", () => {
  expect(joined.stateOf({ node: "a", epoch: 5 })).toBe("up");
  const draining = joined.with({ record: recordOf("a", { epoch: 5, state: "draining" }), revision: 9 });
  expect(draining.stateOf({ node: "a", epoch: 5 })).toBe("draining");
  expect(draining.nodes.get("a")?.revision).toBe(9);
});

it("tells how one start of a node ended from what a later start does", () => {
  const removed = joined.with({ record: recordOf("a", { epoch: 5, state: "removed" }), revision: 6 });
  expect(removed.stateOf({ node: "a", epoch: 5 })).toBe("removed");
  const again = removed.with({ record: recordOf("a"), revision: 7 });
  expect(again.stateOf({ node: "a", epoch: 5 })).toBe("replaced");
  expect(again.stateOf({ node: "a", epoch: 7 })).toBe("up");
  expect(again.stateOf({ node: "a", epoch: 8 })).toBeUndefined();
  expect(again.stateOf({ node: "b", epoch: 1 })).toBeUndefined();
});

it("has a node present while it is up or drains, and not before or afterwards", () => {
  const self = { node: "a", epoch: 5 };
  const states = (["up", "draining", "left", "removed"] as const).map((state, i) =>
    joined.with({ record: recordOf("a", { epoch: 5, state }), revision: 6 + i }).isPresent(self),
  );
  expect(states).toEqual([true, true, false, false]);
  expect(ClusterView.empty.isPresent(self)).toBe(false);
});

// Rendezvous hashing: pure, stable, fair.
import { ActorAddress } from "@aether/actor";
import { ClusterView, type NodeRecord, rendezvous } from "@aether/cluster";
import * as fc from "fast-check";
import { expect, it } from "vitest";

const nodeIds = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { minLength: 1, maxLength: 8 });
const weights = fc.double({ min: 0.01, max: 1_000, noNaN: true });
const addresses = fc.array(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 50 });
const nodes = nodeIds.chain((ids) =>
  fc
    .array(weights, { minLength: ids.length, maxLength: ids.length })
    .map((all) => ids.map((node, i) => recordOf(node, { weight: all[i] as number }))),
);

function recordOf(node: string, rest: Partial<NodeRecord> = {}): NodeRecord {
  return { node, epoch: 1, state: "up", weight: 1, types: ["t"], time: 0, ...rest };
}

function ownerOf(id: string, candidates: readonly NodeRecord[]): string | undefined {
  return rendezvous(new ActorAddress("t", id), candidates)?.node;
}

function viewOf(records: readonly NodeRecord[]): ClusterView {
  return records.reduce((view, record, i) => view.with({ record, revision: i + 1 }), ClusterView.empty);
}

it("picks the same winner on every node, in whatever order it learned of the candidates", () => {
  fc.assert(
    fc.property(nodes, addresses, fc.infiniteStream(fc.nat()), (records, ids, chance) => {
      const shuffled = records.map((record) => ({ record, at: chance.next().value as number }));
      const other = shuffled.toSorted((a, b) => a.at - b.at).map(({ record }) => record);
      for (const id of ids) {
        const here = ownerOf(id, viewOf(records).candidatesFor("t"));
        expect(ownerOf(id, viewOf(other).candidatesFor("t"))).toBe(here);
      }
    }),
  );
});

it("moves actors only to a node that joins, and only from a node that leaves", () => {
  fc.assert(
    fc.property(nodes, addresses, weights, (records, ids, weight) => {
      const more = [...records, recordOf("Joiner", { weight })];
      for (const id of ids) {
        const [before, after] = [ownerOf(id, records), ownerOf(id, more)];
        if (after !== before) expect(after).toBe("Joiner"); // read backwards, the joiner leaves
      }
    }),
  );
});

it("moves actors only to a node whose weight grows", () => {
  fc.assert(
    fc.property(nodes, addresses, (records, ids) => {
      const [first, ...rest] = records as [NodeRecord, ...NodeRecord[]];
      const grown = [{ ...first, weight: first.weight * 2 }, ...rest];
      for (const id of ids) {
        const [before, after] = [ownerOf(id, records), ownerOf(id, grown)];
        if (after !== before) expect(after).toBe(first.node);
      }
    }),
  );
});

it.each([
  ["equal weights", { a: 1, b: 1, c: 1 }],
  ["unequal weights", { a: 1, b: 2, c: 5 }],
  ["ids of nodes that differ in one letter", { "node-1": 1, "node-2": 1, "node-3": 1, "node-4": 1, "node-5": 1 }],
  ["a node that is only just joining", { a: 1, b: 1, c: 0.1 }],
])("gives each node its share of 10,000 actors: %s", (_name, byNode) => {
  const records = Object.entries(byNode).map(([node, weight]) => recordOf(node, { weight }));
  const total = records.reduce((sum, { weight }) => sum + weight, 0);
  const counts = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const owner = ownerOf(`account-${i}`, records) as string;
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  for (const { node, weight } of records) {
    const share = weight / total;
    const deviation = Math.sqrt(10_000 * share * (1 - share));
    expect(Math.abs((counts.get(node) ?? 0) - 10_000 * share), node).toBeLessThan(4 * deviation);
  }
});

it("moves about the joiner's share, and no more", () => {
  const before = ["a", "b", "c"].map((node) => recordOf(node));
  const after = [...before, recordOf("d")];
  const ids = Array.from({ length: 10_000 }, (_, i) => `x/${i}`);
  const moved = ids.filter((id) => ownerOf(id, before) !== ownerOf(id, after)).length;
  expect(moved).toBeGreaterThan(2_300);
  expect(moved).toBeLessThan(2_700);
});

it("places on nodes alone that are up, host the type and have a weight", () => {
  const view = viewOf([
    recordOf("up"),
    recordOf("draining", { state: "draining" }),
    recordOf("left", { state: "left" }),
    recordOf("removed", { state: "removed" }),
    recordOf("other-type", { types: ["u"] }),
    recordOf("weightless", { weight: 0 }),
  ]);
  expect(view.candidatesFor("t").map(({ node }) => node)).toEqual(["up"]);
  expect(view.candidatesFor("u").map(({ node }) => node)).toEqual(["other-type"]);
  expect(view.candidatesFor("constructor")).toEqual([]);
  expect(ownerOf("x", [])).toBeUndefined();
});

it("keeps actors where they are over releases: the hash is part of the protocol", () => {
  const three = ["a", "b", "c"].map((node) => recordOf(node));
  const uneven = three.map((record, i) => ({ ...record, weight: i + 1 }));
  const ids = ["1", "alice", "Ω", "account-77", "x".repeat(200)];
  expect(ids.map((id) => ownerOf(id, three))).toEqual(["b", "c", "b", "c", "c"]);
  expect(ids.map((id) => ownerOf(id, uneven))).toEqual(["b", "c", "c", "c", "c"]);
});

it("comes to the same with equal weights of whatever size, and does not mind who else is asked about", () => {
  fc.assert(
    fc.property(nodeIds, addresses, weights, (names, ids, weight) => {
      const one = names.map((node) => recordOf(node));
      const other = names.map((node) => recordOf(node, { weight }));
      const uneven = [...one, recordOf("Z", { weight: 1e-300 })]; // takes the way of unequal weights, and never wins
      for (const id of ids) {
        expect(ownerOf(id, other)).toBe(ownerOf(id, one));
        expect(ownerOf(id, uneven)).toBe(ownerOf(id, one));
        expect(rendezvous(new ActorAddress("u", id), one)).toBeDefined(); // another type, the same list
        expect(ownerOf(id, one)).toBe(ownerOf(id, [...one]));
      }
    }),
  );
});

it("gives nothing to a node whose weight is nothing, below, or no number, and places nowhere without others", () => {
  for (const weight of [0, -1, Number.NaN, undefined as unknown as number]) {
    const [odd, one] = [recordOf("odd", { weight }), recordOf("one", { weight: 0.001 })];
    for (let i = 0; i < 200; i++) expect(ownerOf(`i${i}`, [odd, one])).toBe("one");
    expect(ownerOf("x", [odd])).toBeUndefined();
  }
});

it("raises a share step by step without moving anything twice", () => {
  const others = ["a", "b", "c"].map((node) => recordOf(node));
  const ids = Array.from({ length: 4_000 }, (_, i) => `s${i}`);
  let onJoiner = new Set<string>();
  for (const weight of [0.25, 0.5, 0.75, 1]) {
    const list = [...others, recordOf("d", { weight })];
    const now = new Set(ids.filter((id) => ownerOf(id, list) === "d"));
    for (const id of onJoiner) expect(now.has(id)).toBe(true);
    const share = weight / (3 + weight);
    expect(Math.abs(now.size - 4_000 * share)).toBeLessThan(4 * Math.sqrt(4_000 * share * (1 - share)));
    onJoiner = now;
  }
});

it("spreads ids that differ in one place, of many types, over many nodes", () => {
  const nodesOf = (n: number): NodeRecord[] => Array.from({ length: n }, (_, i) => recordOf(`n${i}`));
  for (const [type, n] of [
    ["t", 2],
    ["other-type", 7],
    ["x", 40],
  ] as const) {
    const list = nodesOf(n);
    const counts = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const owner = rendezvous(new ActorAddress(type, String(i)), list)?.node as string;
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    const chi = list.reduce((sum, { node }) => sum + ((counts.get(node) ?? 0) - 20_000 / n) ** 2 / (20_000 / n), 0);
    expect(chi, `${type} on ${n}`).toBeLessThan(n - 1 + 5 * Math.sqrt(2 * (n - 1)));
  }
});

// A placement of the user's own, and one that is wrong.
import { cluster, type Placement, rendezvous } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, TestCluster, watch } from "./harness.ts";

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

async function placed(placement: Placement) {
  const [a, b] = [await all.start("a", { placement }), await all.start("b", { placement })];
  await all.time.settle();
  return { a, b };
}

it("decides where actors live", async () => {
  const { a, b } = await placed((_address, candidates) => candidates.at(-1));
  for (const id of ["1", "2", "3"]) expect(await all.within(a.ref(Counter, id).ask.count(1))).toBe(1);
  expect([a.counts()["counter"], b.counts()["counter"]]).toEqual([0, 3]);
  expect(a.use(cluster).ownerOf(a.ref(Counter, "1"))).toBe("b");
});

it("may answer with a copy of a candidate, and is given the same list until the cluster changes", async () => {
  const lists = new Set<unknown>();
  const { a } = await placed((address, candidates) => {
    lists.add(candidates);
    const owner = rendezvous(address, candidates);
    return owner === undefined ? undefined : { ...owner };
  });
  await all.time.advance(31_000); // until then what has no history is asked for by former views too
  const before = lists.size;
  for (let i = 0; i < 20; i++) await all.within(a.ref(Counter, `${i}`).ask.count(1));
  expect(lists.size - before).toBeLessThanOrEqual(2); // one per node
});

it("ends asks by a named error when it throws, and keeps tells as dead letters", async () => {
  let isBroken = false;
  const { a, b } = await placed((address, candidates) => {
    if (isBroken) throw new RangeError("off by one");
    return rendezvous(address, candidates);
  });
  expect(await all.within(a.ref(Counter, "1").ask.count(1))).toBe(1);
  isBroken = true;
  for (const system of [a, b]) {
    const ask = watch(system.ref(Counter, "1").ask.count(1));
    system.ref(Counter, "2").tell.count(1);
    await all.time.settle();
    expect(ask.state).toBe("failed CLUSTER_PLACEMENT_FAILED");
  }
  await expect(a.ref(Counter, "1").ask.count(1)).rejects.toThrow("it threw RangeError: off by one");
  expect(() => a.use(cluster).ownerOf(a.ref(Counter, "1"))).toThrow("counter/1");
  expect(all.happened("a", "dead-letter")).toMatchObject([{ address: "counter/2" }]);
  isBroken = false;
  expect(await all.within(a.ref(Counter, "1").ask.count(1))).toBe(2);
});

it("ends asks by a named error when it names a node that is no candidate", async () => {
  const stranger = { node: "x", epoch: 1, state: "up", weight: 1, types: ["counter"], time: 0 } as const;
  const { a } = await placed(() => stranger);
  await expect(all.within(a.ref(Counter, "1").ask.count(1))).rejects.toMatchObject({
    code: "CLUSTER_PLACEMENT_FAILED",
    message: expect.stringContaining('it answered "x"') as string,
  });
});

it("reports where it fails with nobody waiting: the actors leave", async () => {
  let isBroken = false;
  const { a } = await placed((address, candidates) => {
    if (isBroken) throw new Error("broken");
    return rendezvous(address, candidates);
  });
  await all.within(a.ref(Counter, all.idOn("a", a)).ask.count(1));
  isBroken = true;
  await all.start("c", { actors: [] });
  await all.time.settle();
  expect(a.counts()["counter"]).toBe(0);
  expect(all.happened("a", "cluster-problem")[0]).toMatchObject({ error: { code: "CLUSTER_PLACEMENT_FAILED" } });
});

it("leaves an actor nowhere by answering nothing: messages wait for the next change of the cluster", async () => {
  const { a } = await placed((address, candidates) =>
    candidates.length > 2 ? rendezvous(address, candidates) : undefined,
  );
  const ask = watch(a.ref(Counter, "1").ask.count(1));
  await all.time.advance(1_000);
  expect(ask.state).toBe("waiting");
  await all.start("c", { placement: (address, candidates) => rendezvous(address, candidates) });
  await all.time.advance(100);
  expect(ask.state).toBe("done 1");
});

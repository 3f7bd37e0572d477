// Actors that were active on two nodes at once are counted, with how long that lasted at most.
import { cluster } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, Echo, latch, TestCluster, waits, watch } from "./harness.ts";
import { checkHistory } from "./history-check.ts";
import { slowTable } from "./slow-table.ts";

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

it("are those of a node that was cut off and taken over from, since it last knew its place", async () => {
  await all.start("a");
  const b = await all.start("b");
  const client = await all.start("client", { actors: [] });
  const ids = [...Array(40).keys()]
    .map((i) => `o${i}`)
    .filter((id) => client.use(cluster).ownerOf(client.ref(Counter, id)) === "b");
  await all.within(Promise.all(ids.map((id) => client.ref(Counter, id).ask.count(1))));
  expect(b.use(cluster).overlaps).toEqual({ count: 0, longestMs: 0 });
  all.backend.cut("b"); // the last heartbeat was some time ago
  const cutAt = all.time.clock.now();
  await all.within(client.ref(Counter, ids[0] as string).ask.count(1)); // taken over
  await all.time.advance(3_000);
  all.backend.heal("b");
  const healedAt = all.time.clock.now();
  await all.time.advance(500);
  const { count, longestMs } = b.use(cluster).overlaps;
  expect(count).toBe(ids.length);
  expect(longestMs).toBeGreaterThanOrEqual(healedAt - cutAt);
  expect(longestMs).toBeLessThanOrEqual(healedAt - cutAt + 250);
  expect(all.happened("b", "activations-overlapped")).toMatchObject([
    { level: "warn", node: "b", reason: "removed", count, longestMs },
  ]);
});

it("are those that belong to another node and are still in a turn", async () => {
  const a = await all.start("a");
  const { opened, open } = latch();
  waits.set("busy", opened);
  const ids = [...Array(10).keys()].map((i) => `m${i}`);
  const turns = ids.map((id) => watch(a.ref(Echo, id).with({ timeoutMs: 60_000 }).ask.waitFor("busy")));
  await all.time.settle();
  const b = await all.start("b");
  const moved = ids.filter((id) => b.use(cluster).ownerOf(b.ref(Echo, id)) === "b");
  expect(moved.length).toBeGreaterThan(0);
  await all.time.advance(700);
  await all.start("client", { actors: [] }); // another change meanwhile: they are counted once
  expect(a.use(cluster).overlaps.count).toBe(0); // not over yet
  open();
  await all.time.advance(50);
  expect(a.use(cluster).overlaps).toMatchObject({ count: moved.length });
  expect(a.use(cluster).overlaps.longestMs).toBeGreaterThanOrEqual(700);
  expect(turns.every(({ state }) => state.startsWith("done"))).toBe(true);
});

it("are none where nothing moved", async () => {
  const a = await all.start("a");
  await all.within(a.ref(Counter, "1").ask.count(1));
  await all.start("client", { actors: [] });
  await all.time.advance(1_000);
  expect(a.use(cluster).overlaps).toEqual({ count: 0, longestMs: 0 });
  expect(all.happened("a", "activations-overlapped")).toEqual([]);
});

it("never commit both, though two views are in force at once under load", async () => {
  const slow = slowTable(all.backend);
  const a = await all.start("a", { backend: slow.backend });
  const client = await all.start("client", { actors: [] });
  const ids = [...Array(20).keys()].map((i) => `v${i}`);
  await all.within(Promise.all(ids.map((id) => client.ref(Counter, id).ask.count(1))));
  const show = slow.lag("a"); // `a` does not see that half of its actors belong to `b` now
  const b = await all.start("b");
  const asks: { state: string }[] = [];
  for (let round = 0; round < 20; round++) {
    for (const id of ids) {
      const by = { timeoutMs: 20_000 };
      asks.push(watch(a.ref(Counter, id).with(by).ask.count(1))); // to itself, by its old view
      asks.push(watch(b.ref(Counter, id).with(by).ask.count(1)));
      asks.push(watch(client.ref(Counter, id).with(by).ask.count(1)));
    }
    await all.time.advance(37);
    if (round === 15) show();
  }
  await all.time.advance(20_000);
  expect(asks.filter(({ state }) => !state.startsWith("done"))).toEqual([]);
  const { events } = await all.store.open({ systemName: "t", warn: () => {} });
  const writers = new Set<string>();
  for (const id of ids) {
    expect(await all.within(client.ref(Counter, id).ask.read())).toBe(61);
    const { commits, sum } = await checkHistory(events, { type: "counter", id });
    expect(sum).toBe(61);
    for (const { node } of commits) writers.add(node);
  }
  expect([...writers].toSorted()).toEqual(["a", "b"]);
  expect(a.use(cluster).overlaps.count).toBeGreaterThan(0);
});

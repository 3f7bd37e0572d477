// A node that others believe to be gone, and is not: what it can still do, and what it cannot.
import { cluster } from "@aether/cluster";
import { persistence } from "@aether/persistence";
import { afterEach, beforeEach, expect, it } from "vitest";
import { joinedAt } from "../src/epoch.ts";
import { heldStore } from "./held-store.ts";
import { Counter, Echo, latch, leaseMs, ownersOf, TestCluster, waits, watch } from "./harness.ts";
import { slowTable } from "./slow-table.ts";

/** For so long after a change of the cluster, what has no history is fenced as well. */
const unsettledMs = 31_000;

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

/** Two nodes, of which `b` keeps its events in a store that can be held, and a client. */
async function two() {
  const held = heldStore(all.store);
  const a = await all.start("a");
  const b = await all.start("b", { store: held.store });
  const client = await all.start("client", { actors: [] });
  await all.time.advance(unsettledMs);
  return { a, b, client, held, id: all.idOn("b", client) };
}

it("refuses the late commit of an owner that was cut off, and its local caller sees latency only", async () => {
  const { a, b, client, held, id } = await two();
  await all.within(client.ref(Counter, id).ask.count(1));
  const release = held.hold();
  const local = watch(b.ref(Counter, id).with({ timeoutMs: 30_000 }).ask.count(10));
  await all.time.settle();
  all.backend.cut("b");
  expect(await all.within(client.ref(Counter, id).ask.count(100))).toBe(101);
  expect(a.use(persistence).metrics().commits).toBe(1);
  release();
  await all.time.settle();
  expect(held.outcomes).toEqual(["committed", "conflict"]);
  expect(local.state).toBe("waiting");
  all.backend.heal("b");
  await all.time.advance(5_000);
  expect(local.state).toBe("done 111");
  expect(await all.within(client.ref(Counter, id).ask.read())).toBe(111);
});

it("fences a former owner whose first commit is still under way, and never shows less than that one told", async () => {
  const { client, held } = await two();
  const release = held.hold();
  const ids = Array.from({ length: 100 }, (_, i) => `${i}`);
  const ofB = ids.filter((id) => ownersOf(client).ownerOf("counter", id) === "b");
  const commands = ofB.map((id) => watch(client.ref(Counter, id).with({ timeoutMs: 30_000 }).ask.count(10)));
  await all.time.settle();
  await all.start("c");
  await all.time.settle();
  const id = ofB.find((one) => ownersOf(client).ownerOf("counter", one) === "c") as string;
  const early = await all.within(client.ref(Counter, id).ask.read());
  release();
  await all.time.advance(1_000);
  expect([early, commands[ofB.indexOf(id)]?.state]).toEqual([0, "done 10"]);
  expect(await all.within(client.ref(Counter, id).ask.read())).toBe(10);
  expect(held.outcomes).toContain("conflict");
});

it("fences a paused owner by an empty commit, before anything new is stored", async () => {
  const { client, held, id } = await two();
  await all.within(client.ref(Counter, id).ask.count(1));
  const release = held.hold();
  const command = watch(client.ref(Counter, id).with({ timeoutMs: 30_000 }).ask.count(10));
  await all.time.settle();
  all.backend.cut("b");
  expect(await all.within(client.ref(Counter, id).ask.read())).toBeTypeOf("number"); // activates, and stores no event
  release();
  await all.time.settle();
  expect(held.outcomes).toEqual(["committed", "conflict"]);
  await all.time.advance(1_000);
  expect(command.state).toBe("done 11");
  expect(await all.within(client.ref(Counter, id).ask.read())).toBe(11);
});

it("takes no actor from its owner by an old view: a local caller waits until this node has seen whose it is", async () => {
  const slow = slowTable(all.backend);
  const a = await all.start("a", { backend: slow.backend });
  const client = await all.start("client", { actors: [] });
  const show = slow.lag("a");
  await all.start("b");
  await all.time.settle();
  const id = all.idOn("b", client);
  expect(await all.within(client.ref(Counter, id).ask.count(1))).toBe(1);
  const local = watch(a.ref(Counter, id).with({ timeoutMs: 30_000 }).ask.count(10));
  await all.time.advance(200);
  expect(local.state).toBe("waiting");
  expect(await all.within(client.ref(Counter, id).ask.count(100))).toBe(101);
  expect(all.happened("b", "incarnation-lost")).toEqual([]);
  show();
  await all.time.advance(1_000);
  expect(local.state).toBe("done 111");
});

it("fences what a former start of a node still sends, when the node comes back under its id", async () => {
  const held = heldStore(all.store);
  const former = await all.start("b", { store: held.store });
  const client = await all.start("client", { actors: [] });
  const counter = client.ref(Counter, "1").with({ timeoutMs: 30_000 }).ask;
  expect(await all.within(counter.count(1))).toBe(1);
  const release = held.hold();
  const command = watch(counter.count(10));
  await all.time.settle();
  const again = await all.start("b"); // the former start is still alive, with a commit under way
  expect(await all.within(counter.read())).toBeTypeOf("number"); // activates, and stores no event
  release();
  await all.time.settle();
  expect(held.outcomes).toEqual(["committed", "conflict"]);
  await all.time.advance(1_000);
  expect(command.state).toBe("done 11");
  expect(again.counts()["counter"]).toBe(1);
  await all.within(again.stop());
  all.systems.set("b", former);
});

it("takes a commit that was stored before the takeover, and the retried command gets its first reply", async () => {
  const { client, id } = await two();
  await all.within(client.ref(Counter, id).ask.count(1));
  const command = watch(client.ref(Counter, id).with({ timeoutMs: 30_000 }).ask.count(10));
  for (let i = 0; i < 40 && command.state === "waiting"; i++) await Promise.resolve(); // somewhere on its way
  all.backend.cut("b");
  await all.time.advance(5_000);
  expect(command.state).toBe("done 11");
  expect(await all.within(client.ref(Counter, id).ask.read())).toBe(11);
});

it("answers local callers no more once its lease is over, of volatile actors neither", async () => {
  const { b, client, id } = await two();
  const echo = all.idOn("b", client, "echo");
  await all.within(b.ref(Echo, echo).ask.say("before"));
  await all.within(b.ref(Counter, id).ask.count(1));
  all.backend.cut("b");
  await all.time.advance(leaseMs - 1);
  const early = watch(b.ref(Counter, id).ask.read());
  await all.time.settle();
  expect(early.state).toBe("done 1"); // stale at most for a lease: the design says so
  await all.time.advance(1);
  expect(b.use(cluster).hasLease).toBe(false);
  const late = [
    watch(b.ref(Counter, id).ask.read()),
    watch(b.ref(Counter, id).ask.count(1)),
    watch(b.ref(Echo, echo).ask.say("late")),
    watch(b.ref(Echo, echo).ask.refuse()),
    watch(b.ref(Echo, echo).ask.fail()),
  ];
  await all.time.advance(4_000);
  expect(late.map(({ state }) => state)).toEqual(Array(5).fill("waiting"));
  await all.time.advance(1_100);
  expect(late.map(({ state }) => state)).toEqual(Array(5).fill("failed ACTOR_ASK_TIMEOUT"));
});

it("opens its gates in order when the lease is there again and nobody has taken its place", async () => {
  const alone = await all.start("alone");
  const echo = alone.ref(Echo, "1");
  await all.within(echo.ask.say("before"));
  all.backend.cut("alone");
  await all.time.advance(leaseMs);
  const order: number[] = [];
  const asks = Array.from({ length: 10 }, (_, i) => echo.ask.say(i).then(() => order.push(i)));
  const durable = watch(alone.ref(Counter, "1").ask.count(5));
  await all.time.advance(500);
  expect([order, durable.state]).toEqual([[], "waiting"]);
  all.backend.heal("alone");
  await all.within(Promise.all(asks));
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(durable.state).toBe("done 5");
  expect(joinedAt(alone.use(cluster).epoch)).toBe(1);
});

it("stops what it runs when it finds itself removed, and joins with a new epoch", async () => {
  const { b, client, id } = await two();
  const echo = all.idOn("b", client, "echo");
  await all.within(client.ref(Counter, id).ask.count(1));
  await all.within(b.ref(Echo, echo).ask.say("forgotten"));
  const epoch = b.use(cluster).epoch;
  all.backend.cut("b");
  expect(await all.within(client.ref(Counter, id).ask.count(1))).toBe(2);
  all.backend.heal("b");
  await all.time.advance(100);
  expect(b.use(cluster).epoch).toBeGreaterThan(epoch);
  expect(b.use(cluster).hasLease).toBe(true);
  expect(all.happened("b", "node-lost-place")).toHaveLength(1);
  expect(b.counts()).toEqual({ counter: 0, echo: 0 });
  await all.time.advance(100);
  expect(await all.within(b.ref(Counter, id).ask.count(1))).toBe(3);
  expect(await all.within(b.ref(Echo, echo).ask.heard())).toEqual([]);
});

it("sends again what its callers had outstanding at others when it lost its place", async () => {
  const { a, b, client } = await two();
  const onA = all.idOn("a", client);
  const { opened, open } = latch();
  waits.set("place", opened);
  await all.within(b.ref(Counter, onA).ask.count(1));
  all.backend.cut("b");
  const outstanding = watch(b.ref(Counter, onA).with({ timeoutMs: 30_000 }).ask.count(10));
  client.ref(Echo, all.idOn("b", client, "echo")).tell.say("so that its death is noticed");
  await all.time.advance(2_000);
  expect(
    client
      .use(cluster)
      .nodes()
      .find(({ node }) => node === "b")?.state,
  ).toBe("removed");
  all.backend.heal("b");
  open();
  await all.time.advance(2_000);
  expect(outstanding.state).toBe("done 11");
  expect(await all.within(a.ref(Counter, onA).ask.read())).toBe(11);
});

it("gives way to a second process of its id, says so, and comes back when that one has left", async () => {
  const first = await all.start("same");
  const second = await all.start("same");
  await all.time.advance(3_000);
  expect([first.use(cluster).hasLease, second.use(cluster).hasLease]).toEqual([false, true]);
  expect(await all.within(second.ref(Counter, "1").ask.count(1))).toBe(1);
  const shut = watch(first.ref(Counter, "1").with({ timeoutMs: 60_000 }).ask.count(10));
  await all.time.advance(3_000);
  expect(shut.state).not.toContain("failed");
  await all.within(second.stop());
  await all.time.advance(1_000);
  expect(first.use(cluster).hasLease).toBe(true);
  expect(shut.state).toBe("done 11");
  await all.within(first.stop());
});

it("loses and doubles nothing while a node is cut off and healed again and again under load", async () => {
  const { b, client } = await two();
  await all.start("c");
  const ids = Array.from({ length: 20 }, (_, i) => `load-${i}`);
  const asks: { state: string }[] = [];
  for (let round = 0; round < 60; round++) {
    if (round % 20 === 5) all.backend.cut("b");
    if (round % 20 === 15) all.backend.heal("b");
    for (const id of ids) asks.push(watch(client.ref(Counter, id).with({ timeoutMs: 20_000 }).ask.count(1)));
    for (const id of ids) asks.push(watch(b.ref(Counter, id).with({ timeoutMs: 20_000 }).ask.count(1)));
    await all.time.advance(100);
  }
  await all.time.advance(20_000);
  expect(asks.filter(({ state }) => !state.startsWith("done"))).toEqual([]);
  for (const id of ids) expect(await all.within(client.ref(Counter, id).ask.read())).toBe(120);
});

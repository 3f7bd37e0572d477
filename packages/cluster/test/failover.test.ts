// A node dies: who notices, how fast, and what its callers see.
import { cluster } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { joinedAt } from "../src/epoch.ts";
import { Counter, Echo, latch, leaseMs, TestCluster, waits, watch } from "./harness.ts";

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

async function three() {
  const [a, b] = [await all.start("a"), await all.start("b")];
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  return { a, b, client };
}

function stateOf(system: Awaited<ReturnType<TestCluster["start"]>>, node: string): string | undefined {
  return system
    .use(cluster)
    .nodes()
    .find((known) => known.node === node)?.state;
}

it("is noticed by a message within two looks, and the command is done elsewhere", async () => {
  const { client } = await three();
  const id = all.idOn("b", client);
  await all.within(client.ref(Counter, id).ask.count(1));
  all.backend.cut("b");
  const command = watch(client.ref(Counter, id).ask.count(1));
  await all.time.advance(49);
  expect([command.state, stateOf(client, "b")]).toEqual(["waiting", "up"]);
  await all.time.advance(30);
  expect([command.state, stateOf(client, "b")]).toEqual(["done 2", "removed"]);
  expect(client.use(cluster).resent).toBeGreaterThan(0);
});

it("is noticed by its silence where nobody speaks to it", async () => {
  const { client } = await three();
  all.backend.cut("b");
  await all.time.advance(leaseMs - 200);
  expect(stateOf(client, "b")).toBe("up");
  await all.time.advance(600);
  expect(stateOf(client, "b")).toBe("removed");
});

it("is not noticed where there was none: a moment's absence costs nobody his place", async () => {
  const { client } = await three();
  const id = all.idOn("b", client);
  all.backend.cut("b");
  const command = watch(client.ref(Counter, id).ask.count(1));
  client.ref(Counter, id).tell.count(10);
  const volatile = watch(client.ref(Echo, all.idOn("b", client, "echo")).ask.say("x"));
  await all.time.advance(40);
  all.backend.heal("b");
  await all.time.advance(100);
  expect([command.state, volatile.state, stateOf(client, "b")]).toEqual(["done 1", 'done "x"', "up"]);
  expect(await all.within(client.ref(Counter, id).ask.read())).toBe(11);
  await all.time.advance(5_000);
  expect(stateOf(client, "b")).toBe("up");
});

it("ends an ask without an id by CLUSTER_NODE_GONE when it may have been done, and repeats one with an id", async () => {
  const { client } = await three();
  const echo = client.ref(Echo, all.idOn("b", client, "echo"));
  const { opened } = latch();
  waits.set("never", opened);
  const without = watch(echo.ask.waitFor("never"));
  const withId = watch(echo.with({ commandId: "mine" }).ask.waitFor("nothing"));
  await all.time.settle();
  all.backend.cut("b");
  await all.time.advance(500);
  expect(without.state).toBe("failed CLUSTER_NODE_GONE");
  expect(withId.state).toMatch(/^done/);
});

it("costs nobody his place who comes back to the table after its absence", async () => {
  const { a, b, client } = await three();
  for (const node of ["a", "b", "client"]) all.backend.cut(node);
  await all.time.advance(3 * leaseMs);
  for (const node of ["a", "b", "client"]) all.backend.heal(node);
  await all.time.advance(leaseMs - 1);
  for (const system of [a, b, client])
    for (const node of ["a", "b", "client"]) expect(stateOf(system, node)).toBe("up");
  await all.time.advance(5 * leaseMs);
  for (const system of [a, b, client])
    for (const node of ["a", "b", "client"]) expect(stateOf(system, node)).toBe("up");
});

it("is not said of others by a node that itself was away, within one lease of its return", async () => {
  const { client } = await three();
  all.backend.cut("client");
  await all.time.advance(100);
  all.backend.cut("b");
  all.backend.heal("client");
  all.backend.cut("a"); // nobody else is there to say it
  const healedAt = all.time.clock.now();
  client.ref(Echo, all.idOn("b", client, "echo")).tell.say("x");
  await all.time.advance(leaseMs - 50);
  expect(stateOf(client, "b")).toBe("up");
  await all.time.advance(500);
  expect(stateOf(client, "b")).toBe("removed");
  expect(all.happened("client", "node-removed").length).toBeGreaterThan(0);
  expect(all.time.clock.now() - healedAt).toBeGreaterThan(leaseMs);
});

it("does not hinder the same node from coming back under its id, with its actors", async () => {
  const { b, client } = await three();
  const id = all.idOn("b", client);
  await all.within(client.ref(Counter, id).ask.count(1));
  all.backend.cut("b");
  await all.within(client.ref(Counter, id).ask.count(1));
  const stopped = b.stop();
  await all.within(stopped);
  all.systems.delete("b");
  all.backend.heal("b");
  const again = await all.start("b");
  await all.time.advance(500);
  expect(joinedAt(again.use(cluster).epoch)).toBeGreaterThan(3);
  expect(await all.within(client.ref(Counter, id).ask.count(1))).toBe(3);
  expect(again.counts()["counter"]).toBe(1);
});

it("takes three nodes down to one without losing what was acknowledged", async () => {
  const { a, client } = await three();
  await all.start("c");
  const ids = Array.from({ length: 30 }, (_, i) => `x${i}`);
  const all30 = (): Promise<number[]> => Promise.all(ids.map((id) => client.ref(Counter, id).ask.count(1)));
  expect(new Set(await all.within(all30()))).toEqual(new Set([1]));
  all.backend.cut("b");
  expect(new Set(await all.within(all30()))).toEqual(new Set([2]));
  all.backend.cut("c");
  expect(new Set(await all.within(all30()))).toEqual(new Set([3]));
  expect(a.counts()["counter"]).toBe(30);
});

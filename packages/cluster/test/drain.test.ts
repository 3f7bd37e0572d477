// Leaving in order: nobody notices.
import { cluster } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, Echo, latch, TestCluster, waits, watch } from "./harness.ts";

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

it("fails no ask of others when one of three nodes stops under load, and moves its actors", async () => {
  const nodes = { a: await all.start("a"), b: await all.start("b"), c: await all.start("c") };
  const client = await all.start("client", { actors: [] });
  const ids = Array.from({ length: 30 }, (_, i) => `d${i}`);
  const asks: { state: string }[] = [];
  let stopped: Promise<void> | undefined;
  for (let round = 0; round < 100; round++) {
    if (round === 30) stopped = nodes.b.stop();
    for (const id of ids) {
      asks.push(watch(client.ref(Counter, id).ask.count(1)), watch(nodes.a.ref(Counter, id).ask.count(1)));
      asks.push(watch(client.ref(Echo, id).ask.say(round)));
    }
    if (round % 3 === 0) await all.time.advance(5);
    else await Promise.resolve();
  }
  await all.within(stopped as Promise<void>);
  await all.time.advance(2_000);
  expect(asks.filter(({ state }) => !state.startsWith("done"))).toEqual([]);
  for (const id of ids) expect(await all.within(client.ref(Counter, id).ask.read())).toBe(200);
  expect(
    client
      .use(cluster)
      .nodes()
      .find(({ node }) => node === "b")?.state,
  ).toBe("left");
  expect((nodes.a.counts()["counter"] ?? 0) + (nodes.c.counts()["counter"] ?? 0)).toBe(30);
});

it("serves what a draining node had from elsewhere, before that node is done", async () => {
  const b = await all.start("b");
  const a = await all.start("a");
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  const door = latch();
  waits.set("drain", door.opened);
  const slow = watch(
    client
      .ref(Echo, all.idOn("b", client, "echo"))
      .with({ timeoutMs: 30_000 })
      .ask.waitFor("drain"),
  );
  const id = all.idOn("b", client);
  await all.within(client.ref(Counter, id).ask.count(1));
  const stopped = watch(b.stop());
  await all.time.advance(100);
  expect(
    client
      .use(cluster)
      .nodes()
      .find(({ node }) => node === "b")?.state,
  ).toBe("draining");
  expect(await all.within(client.ref(Counter, id).ask.count(1))).toBe(2);
  expect([a.counts()["counter"], b.counts()["counter"], slow.state, stopped.state]).toEqual([
    1,
    0,
    "waiting",
    "waiting",
  ]);
  door.open();
  await all.time.advance(200);
  expect([slow.state, stopped.state]).toEqual(["done undefined", "done undefined"]);
});

it("delivers tells to where their actors go", async () => {
  const b = await all.start("b");
  await all.start("a");
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  const id = all.idOn("b", client);
  for (let i = 0; i < 10; i++) client.ref(Counter, id).tell.count(1);
  const stopped = b.stop();
  for (let i = 0; i < 10; i++) client.ref(Counter, id).tell.count(1);
  await all.within(stopped);
  for (let i = 0; i < 10; i++) client.ref(Counter, id).tell.count(1);
  await all.time.advance(500);
  expect(await all.within(client.ref(Counter, id).ask.read())).toBe(30);
});

it("lets the next owner do without waiting for a lease", async () => {
  const b = await all.start("b");
  await all.start("a");
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  const id = all.idOn("b", client);
  await all.within(client.ref(Counter, id).ask.count(1));
  await all.within(b.stop());
  const next = watch(client.ref(Counter, id).ask.count(1));
  await all.time.advance(60);
  expect(next.state).toBe("done 2");
});

it("ends also when the table cannot be reached", async () => {
  const b = await all.start("b");
  await all.within(b.ref(Counter, "1").ask.count(1));
  all.backend.cut("b");
  await all.within(b.stop(), 20_000);
  expect(all.time.timers).toBe(0);
});

it("leaves no timer behind", async () => {
  const a = await all.start("a");
  const b = await all.start("b");
  await all.within(Promise.all([a, b].map((system, i) => system.ref(Counter, `x${i}`).ask.count(1))));
  a.ref(Echo, "nobody").tell.say(1);
  await all.within(a.stop());
  await all.within(b.stop());
  await all.time.advance(1_000);
  expect(all.time.timers).toBe(0);
});

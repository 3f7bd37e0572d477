// Looking at the cluster as a whole: what each node says of itself, where actors live, what died where.
import { Actor, ActorAddress } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, Echo, latch, TestCluster, waits } from "./harness.ts";

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

class Grump extends Actor {
  static type = "grump";
  grumble(): never {
    throw new Error("bah");
  }
}

it("says of each node its state, what it hosts and holds, and how busy it is", async () => {
  const a = await all.start("a");
  const b = await all.start("b", { weight: 2, actors: [Counter] });
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  const { opened, open } = latch();
  waits.set("described", opened);
  const slow = client.ref(Echo, "1").ask.waitFor("described");
  for (let i = 0; i < 3; i++) client.ref(Echo, "1").tell.say(i);
  await all.within(Promise.all(Array.from({ length: 30 }, (_, i) => client.ref(Counter, `d${i}`).ask.count(1))));
  const { revision, nodes, unreachable } = await all.within(client.use(cluster).describe());
  expect(unreachable).toEqual([]);
  expect(nodes.map(({ node, state, weight, types }) => [node, state, weight, types])).toEqual([
    ["a", "up", 1, ["counter", "echo"]],
    ["b", "up", 2, ["counter"]],
    ["client", "up", 1, []],
  ]);
  const figures = new Map(nodes.map((node) => [node.node, node.figures]));
  expect([...figures.values()].map((one) => [one?.revision, one?.hasLease])).toEqual(
    [1, 2, 3].map(() => [revision, true]),
  );
  expect([figures.get("a")?.actors, figures.get("b")?.actors]).toEqual([a.counts(), b.counts()]);
  expect((figures.get("a")?.actors["counter"] ?? 0) + (figures.get("b")?.actors["counter"] ?? 0)).toBe(30);
  expect([figures.get("a")?.messages, figures.get("b")?.messages]).toEqual([3, 0]);
  expect(figures.get("client")?.asks).toBeGreaterThan(0);
  open();
  await all.within(slow);
});

it("says where an actor lives, by ref or address", async () => {
  const a = await all.start("a");
  await all.start("b");
  await all.time.settle();
  const api = a.use(cluster);
  const id = all.idOn("b", a);
  expect([api.ownerOf(a.ref(Counter, id)), api.ownerOf(new ActorAddress("counter", id))]).toEqual(["b", "b"]);
  expect(api.ownerOf(new ActorAddress("nobody", id))).toBeUndefined();
});

it("names a node that does not answer, within its time, and asks none that has left", async () => {
  const a = await all.start("a");
  await all.start("b");
  const c = await all.start("c");
  await all.within(c.stop());
  all.systems.delete("c");
  all.backend.cut("b");
  const began = all.time.clock.now();
  const { nodes, unreachable } = await all.within(a.use(cluster).describe({ withinMs: 30 }));
  expect(all.time.clock.now() - began).toBeLessThanOrEqual(40);
  expect(unreachable).toEqual(["b"]);
  expect(nodes.map(({ node, state, figures }) => [node, state, figures === undefined])).toEqual([
    ["a", "up", false],
    ["b", "up", true],
    ["c", "left", true],
  ]);
});

it("shows dead letters of all nodes, each kept where it died", async () => {
  const a = await all.start("a", { actors: [Grump] });
  const b = await all.start("b", { actors: [Counter] });
  await all.time.settle();
  b.ref(Grump, "1").tell.grumble();
  await all.time.advance(10);
  b.ref(Grump, "2").tell.grumble();
  await all.time.advance(100);
  const { letters, unreachable } = await all.within(b.use(cluster).deadLetters());
  expect(unreachable).toEqual([]);
  expect(letters.map(({ node, address, command, n }) => [node, address, command, n])).toEqual([
    ["a", "grump/1", "grumble", 1],
    ["a", "grump/2", "grumble", 2],
  ]);
  expect(letters[0]?.reason).toMatch(/bah/);
  expect([a.deadLetters.total, b.deadLetters.total]).toEqual([2, 0]);
  const newest = await all.within(b.use(cluster).deadLetters({ max: 1 }));
  expect(newest.letters.map(({ n }) => n)).toEqual([2]);
});

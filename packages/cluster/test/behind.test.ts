// Nodes that know less than others: views that lag, tables that do not answer.
import { cluster } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, Echo, leaseMs, ownersOf, TestCluster, watch } from "./harness.ts";
import { type SlowTable, slowTable } from "./slow-table.ts";

let all: TestCluster;
let slow: SlowTable;
beforeEach(() => {
  all = new TestCluster();
  slow = slowTable(all.backend);
});
afterEach(() => all[Symbol.asyncDispose]());

async function three() {
  const { backend } = slow;
  const [a, b] = [await all.start("a", { backend }), await all.start("b", { backend })];
  const client = await all.start("client", { backend, actors: [] });
  await all.time.settle();
  return { a, b, client };
}

it("a receiver that is behind its sender waits for the view, and keeps the sender's order", async () => {
  const { b, client } = await three();
  const c = await all.start("c", { backend: slow.backend });
  const ids = Array.from({ length: 100 }, (_, i) => `late-${i}`);
  const ofB = ids.filter((id) => ownersOf(client).ownerOf("echo", id) === "b");
  const catchUp = slow.lag("c");
  await all.within(b.stop());
  const id = ofB.find((one) => ownersOf(client).ownerOf("echo", one) === "c") as string;
  expect(ownersOf(c).ownerOf("echo", id)).toBe("b");
  for (let i = 0; i < 5; i++) client.ref(Echo, id).tell.say(i);
  const outcome = watch(client.ref(Echo, id).ask.heard());
  await all.time.advance(200);
  expect([outcome.state, c.counts()["echo"], client.use(cluster).resent]).toEqual(["waiting", 0, 0]);
  catchUp();
  await all.time.settle();
  expect(outcome.state).toBe("done [0,1,2,3,4]");
});

it("a sender that is behind waits for the view that the receiver named, and then sends once more", async () => {
  const { client } = await three();
  const catchUp = slow.lag("client");
  const c = await all.start("c", { backend: slow.backend });
  const ids = Array.from({ length: 100 }, (_, i) => `moved-${i}`);
  const id = ids.find((one) => ownersOf(c).ownerOf("counter", one) === "c") as string;
  expect(ownersOf(client).ownerOf("counter", id)).not.toBe("c");
  const asked = watch(client.ref(Counter, id).ask.count(1));
  client.ref(Counter, id).tell.count(10);
  await all.time.advance(1_000);
  expect([asked.state, client.use(cluster).resent]).toEqual(["waiting", 2]); // nobody forwards, and it does not ask again and again
  expect(c.counts()["counter"]).toBe(0);
  catchUp();
  await all.time.advance(100);
  expect(asked.state).toBe("done 1");
  expect(client.use(cluster).resent).toBe(2);
  expect(await all.within(c.ref(Counter, id).ask.read())).toBe(11);
});

it("a node that learns from the table that it was removed runs nothing more, before its view shows it", async () => {
  const { b, client } = await three();
  const id = all.idOn("b", client);
  await all.within(b.ref(Counter, id).ask.count(1));
  all.backend.cut("b");
  expect(await all.within(client.ref(Counter, id).ask.count(1))).toBe(2);
  const catchUp = slow.lag("b");
  all.backend.heal("b");
  await all.time.advance(300);
  expect(all.happened("b", "node-lost-place")).toHaveLength(1);
  const asked = watch(b.ref(Counter, id).ask.count(1));
  await all.time.advance(200);
  expect([asked.state, b.counts()["counter"]]).toEqual(["waiting", 0]);
  catchUp();
  await all.time.advance(200);
  expect(asked.state).toBe("done 3");
});

it("a process whose id was taken runs nothing more, even if its view never shows it", async () => {
  const first = await all.start("same", { backend: slow.backend });
  slow.lag("same");
  const second = await all.start("same");
  await all.time.advance(300);
  expect(all.happened("same", "node-lost-place")).toEqual([]); // of the second, which has the name now
  const asked = watch(first.ref(Counter, "1").ask.count(1));
  first.ref(Echo, "1").tell.say("x");
  await all.time.advance(2_000);
  expect([asked.state, first.counts()]).toEqual(["waiting", { counter: 0, echo: 0 }]);
  expect(await all.within(second.ref(Counter, "1").ask.count(1))).toBe(1);
  await all.within(first.stop());
});

it("a node shows nothing that it held back when it lost its place", async () => {
  const { b, client } = await three();
  const id = all.idOn("b", client);
  await all.within(b.ref(Counter, id).ask.count(1));
  all.backend.cut("b");
  await all.time.advance(leaseMs);
  const held = watch(b.ref(Counter, id).with({ timeoutMs: 30_000 }).ask.read());
  expect(await all.within(client.ref(Counter, id).ask.count(1))).toBe(2);
  all.backend.heal("b");
  await all.time.advance(500);
  expect(held.state).toBe("done 2");
});

it("a node without a lease accuses nobody", async () => {
  const { b, client } = await three();
  const answer = slow.hang("b");
  await all.time.advance(leaseMs);
  all.backend.cut("a");
  await all.time.advance(2 * leaseMs);
  expect(b.use(cluster).hasLease).toBe(false);
  expect(all.happened("b", "node-removed")).toEqual([]);
  expect(all.happened("client", "node-removed").length).toBeGreaterThan(0);
  expect(
    client
      .use(cluster)
      .nodes()
      .find(({ node }) => node === "a")?.state,
  ).toBe("removed");
  answer();
  await all.time.advance(300);
  expect(b.use(cluster).hasLease).toBe(true);
});

it("a node lets go what belongs to a node that joins", async () => {
  const { a, b, client } = await three();
  const ids = Array.from({ length: 60 }, (_, i) => `go-${i}`);
  await all.within(Promise.all(ids.map((id) => client.ref(Counter, id).ask.count(1))));
  expect((a.counts()["counter"] ?? 0) + (b.counts()["counter"] ?? 0)).toBe(60);
  await all.start("c", { backend: slow.backend });
  await all.time.advance(100);
  const moved = ids.filter((id) => ownersOf(client).ownerOf("counter", id) === "c");
  expect(moved.length).toBeGreaterThan(5);
  expect((a.counts()["counter"] ?? 0) + (b.counts()["counter"] ?? 0)).toBe(60 - moved.length);
});

it("a removed writer's actors are taken over without an empty commit only after a lease", async () => {
  const { a, b, client } = await three();
  const ids = Array.from({ length: 100 }, (_, i) => `w-${i}`).filter(
    (id) => ownersOf(client).ownerOf("counter", id) === "b",
  );
  const [soon, late] = ids as [string, string];
  await all.within(Promise.all([soon, late].map((id) => client.ref(Counter, id).ask.count(1))));
  const head = async (id: string): Promise<number> => {
    const { events } = await all.store.open({ systemName: "t", warn: () => {} });
    return (await events.head({ type: "counter", id }))?.token ?? 0;
  };
  const [soonBefore, lateBefore] = [await head(soon), await head(late)];
  all.backend.cut("b");
  expect(await all.within(client.ref(Counter, soon).ask.read())).toBe(1);
  expect(await head(soon)).toBeGreaterThan(soonBefore);
  await all.time.advance(leaseMs + 100);
  expect(await all.within(client.ref(Counter, late).ask.read())).toBe(1);
  expect(await head(late)).toBe(lateBefore);
  expect(a.counts()["counter"]).toBe(2);
  expect(b.use(cluster).hasLease).toBe(false);
});

it("says nothing more, a lease after an actor went elsewhere, while its view does not show that", async () => {
  const { b, client } = await three();
  const id = all.idOn("b", client);
  await all.within(b.ref(Counter, id).ask.count(1));
  const catchUp = slow.lag("b");
  await all.start("d", { actors: [] }); // any change of the table: the view of "b" ends before it
  expect(b.use(cluster).hasLease).toBe(true);
  await all.time.advance(leaseMs);
  const asked = watch(b.ref(Counter, id).ask.read());
  await all.time.advance(100);
  expect([b.use(cluster).hasLease, asked.state]).toEqual([false, "waiting"]);
  catchUp();
  await all.time.advance(100);
  expect([b.use(cluster).hasLease, asked.state]).toEqual([true, "done 1"]);
});

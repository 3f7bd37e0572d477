// Leaving in order: nobody notices.
import { cluster } from "@aether/cluster";
import { EventSourcedActor, type Events, type StoreBackend } from "@aether/persistence";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Counted, Counter, Echo, latch, TestCluster, waits, watch } from "./harness.ts";
import { onTheWay } from "./on-the-way.ts";
import { slowTable } from "./slow-table.ts";

/** The same store, at some distance. */
function distant(inner: StoreBackend, later: (task: () => void) => void): StoreBackend {
  return {
    name: inner.name,
    async open(scope) {
      const opened = await inner.open(scope);
      const { events } = opened;
      const append: typeof events.append = async (...args) => {
        await new Promise<void>((resolve) => later(resolve));
        return events.append(...args);
      };
      return {
        ...opened,
        events: {
          limits: events.limits,
          head: (actor) => events.head(actor),
          read: (actor, range) => events.read(actor, range),
          truncate: (actor, before) => events.truncate(actor, before),
          list: () => events.list(),
          close: () => events.close(),
          append,
        },
      };
    },
  };
}

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

it("waits for the answers that its own callers still expect, wherever they come from", async () => {
  const b = await all.start("b");
  await all.start("a");
  await all.time.settle();
  const door = latch();
  waits.set("own", door.opened);
  const remote = watch(b.ref(Echo, all.idOn("a", b, "echo")).ask.waitFor("own"));
  await all.time.settle();
  const queued = watch(b.ref(Counter, all.idOn("b", b)).ask.count(1));
  const stopped = watch(b.stop());
  await all.time.advance(2_000);
  expect([remote.state, queued.state, stopped.state]).toEqual(["waiting", "done 1", "waiting"]);
  door.open();
  await all.time.advance(100);
  expect([remote.state, stopped.state]).toEqual(["done undefined", "done undefined"]);
});

it("fails no ask without an id where frames and views take their time: what is under way arrives before the node has left", async () => {
  const slow = slowTable(onTheWay(all.backend, (_frame, deliver) => void all.time.scheduler.after(20, deliver)));
  const slowly = slow.backend;
  const b = await all.start("b", { backend: slowly });
  await all.start("a", { backend: slowly });
  const client = await all.start("client", { actors: [], backend: slowly });
  await all.time.advance(3_000);
  const ids = Array.from({ length: 20 }, (_, i) => `e${i}`);
  const asks: { state: string }[] = [];
  let stopped: { state: string } | undefined;
  let catchUp = (): void => undefined;
  for (let ms = 0; ms < 400; ms++) {
    if (ms === 100) {
      catchUp = slow.lag("client");
      stopped = watch(b.stop());
    }
    if (ms === 160) catchUp();
    for (const id of ids) asks.push(watch(client.ref(Echo, id).ask.say(ms)));
    await all.time.advance(1);
  }
  await all.time.advance(2_000);
  expect(asks.filter(({ state }) => !state.startsWith("done"))).toEqual([]);
  expect(stopped?.state).toBe("done undefined");
});

it("does not wait longer for them than their own time", async () => {
  const b = await all.start("b");
  await all.start("a");
  await all.time.settle();
  const never = latch();
  waits.set("never", never.opened);
  const remote = watch(
    b
      .ref(Echo, all.idOn("a", b, "echo"))
      .with({ timeoutMs: 60_000 })
      .ask.waitFor("never"),
  );
  await all.time.settle();
  const stopped = watch(b.stop());
  await all.time.advance(5_500);
  expect([remote.state, stopped.state]).toEqual(["failed ACTOR_SYSTEM_STOPPED", "done undefined"]);
  never.open();
});

/** Stores something when it leaves. */
class Parting extends EventSourcedActor<Counted> {
  static type = "parting";
  static readonly events: Events<Counted> = { counted: 1 };
  state = { n: 0 };
  apply(event: Counted): void {
    this.state.n += event.by;
  }
  override onPassivate(): void {
    this.persist({ type: "counted", by: 1 });
  }
  read(): number {
    return this.state.n;
  }
}

it("lets its actors go all at once, not one round trip after the other", async () => {
  const store = distant(all.store, (task) => void all.time.scheduler.after(20, task));
  const a = await all.start("a", { actors: [Parting], store });
  const ids = Array.from({ length: 1_000 }, (_, i) => `p${i}`);
  await all.within(Promise.all(ids.map((id) => a.ref(Parting, id).with({ timeoutMs: 60_000 }).ask.read())));
  const began = all.time.clock.now();
  await all.within(a.stop());
  expect(all.time.clock.now() - began).toBeLessThan(200); // one by one: 20 s
  const b = await all.start("b", { actors: [Parting] });
  expect(await all.within(b.ref(Parting, "p999").ask.read())).toBe(1);
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

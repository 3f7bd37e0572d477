// Exactly one of these runs somewhere: it begins without a message, moves with its place, and comes back when it ends.
import { Actor, type ActorSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { EventSourcedActor, type Events } from "@aether/persistence";
import { afterEach, beforeEach, expect, it } from "vitest";
import { latch, leaseMs, type NodeOptions, TestCluster } from "./harness.ts";

let all: TestCluster;
/** What each one did, in order. */
let said: string[];
/** How many of each are in memory between `onStart` and `onStop`, and the most that ever were. */
let running: Map<string, number>;
let most: number;
let failures: number;
let startedAt: number[];
let lastWords: Promise<void> | undefined;
beforeEach(() => {
  all = new TestCluster();
  said = [];
  running = new Map();
  most = 0;
  failures = 0;
  startedAt = [];
  lastWords = undefined;
});
afterEach(() => all[Symbol.asyncDispose]());

class Scheduler extends Actor {
  static type = "scheduler";
  override onStart(): void {
    startedAt.push(all.time.clock.now());
    if (failures-- > 0) throw new Error("not yet");
    const { id } = this.ctx;
    running.set(id, (running.get(id) ?? 0) + 1);
    most = Math.max(most, running.get(id) ?? 0);
    this.ctx.timers.every("tick", 100, () => void said.push(id));
  }
  override async onStop(): Promise<void> {
    await lastWords;
    running.set(this.ctx.id, (running.get(this.ctx.id) ?? 0) - 1);
  }
  ping(): string {
    return "pong";
  }
  die(): never {
    throw new Error("the end");
  }
}

class Mortal extends Scheduler {
  static override type = "mortal";
  static readonly supervision = { onFailure: "stop" } as const;
}

class Ledger extends EventSourcedActor<{ type: "opened" }> {
  static type = "ledger";
  static readonly events: Events<{ type: "opened" }> = { opened: 1 };
  static readonly idleMs = 1_000;
  state = { opened: 0 };
  apply(): void {
    this.state.opened++;
  }
  override onStart(): void {
    this.persist({ type: "opened" });
  }
  opened(): number {
    return this.state.opened;
  }
}

const only = { actors: [Scheduler], singletons: [{ actor: Scheduler, id: "one" }] } satisfies NodeOptions;

function hosts(type = "scheduler"): string[] {
  return [...all.systems].filter(([, system]) => (system.counts()[type] ?? 0) > 0).map(([node]) => node);
}

function ownerIn(system: ActorSystem, id = "one"): string {
  return system.use(cluster).ownerOf(system.ref(Scheduler, id)) as string;
}

it("begins without a message, on one node alone", async () => {
  for (const node of ["a", "b", "c"]) await all.start(node, only);
  await all.time.advance(1_000);
  const a = all.systems.get("a") as ActorSystem;
  expect([hosts(), most]).toEqual([[ownerIn(a)], 1]);
  expect(said.length).toBeGreaterThan(5);
  const { nodes } = await all.within(a.use(cluster).describe());
  expect(nodes.map(({ node, figures }) => [node, figures?.singletons])).toEqual(
    ["a", "b", "c"].map((node) => [node, node === ownerIn(a) ? ["scheduler/one"] : []]),
  );
});

it("runs several of one type, each for itself", async () => {
  const ids = ["eu", "us", "asia", "africa"];
  const several = { actors: [Scheduler], singletons: ids.map((id) => ({ actor: Scheduler, id })) };
  const a = await all.start("a", several);
  await all.start("b", several);
  await all.time.advance(1_000);
  expect(ids.map((id) => running.get(id))).toEqual([1, 1, 1, 1]);
  expect(new Set(ids.map((id) => ownerIn(a, id)))).toEqual(new Set(hosts()));
});

it("does not run on a node that does not host its type, nor where nobody does", async () => {
  await all.start("a", { ...only, actors: [] });
  await all.time.advance(1_000);
  expect(said).toEqual([]);
  await all.start("b", only);
  await all.time.advance(1_000);
  expect(hosts()).toEqual(["b"]);
});

it("begins elsewhere when its node crashes", async () => {
  const nodes = { a: await all.start("a", only), b: await all.start("b", only), c: await all.start("c", only) };
  await all.time.advance(500);
  const first = ownerIn(nodes.a);
  all.backend.cut(first);
  const other = Object.entries(nodes).find(([node]) => node !== first)?.[1] as ActorSystem;
  await all.time.advance(2 * leaseMs);
  const second = ownerIn(other);
  expect(second).not.toBe(first);
  expect(other.counts()["scheduler"] ?? 0).toBe(other === all.systems.get(second) ? 1 : 0);
  expect(all.systems.get(second)?.counts()["scheduler"]).toBe(1);
});

it("ends with the lease of a node that is cut off, and begins there again when that is all that happened", async () => {
  await all.start("a", only);
  await all.time.advance(500);
  all.backend.cut("a"); // nobody else is there to say that it is gone
  await all.time.advance(leaseMs + 300);
  expect([hosts(), all.happened("a", "singleton-ended")]).toMatchObject([[], [{ reason: "lost" }]]);
  all.backend.heal("a");
  await all.time.advance(leaseMs);
  expect(hosts()).toEqual(["a"]);
});

it("moves when its node leaves in order, and never are there two", async () => {
  await all.start("a", only);
  await all.start("b", only);
  await all.time.advance(500);
  const first = ownerIn(all.systems.get("a") as ActorSystem);
  const second = first === "a" ? "b" : "a";
  const door = latch();
  const begun = startedAt.length;
  lastWords = door.opened;
  const stopped = all.systems.get(first)?.stop() as Promise<void>;
  const asked = all.systems.get(second)?.ref(Scheduler, "one").ask.ping();
  await all.time.advance(1_000);
  expect([startedAt.length, most]).toEqual([begun, 1]); // the old one has not said its last word
  door.open();
  expect(await all.within(asked as Promise<string>)).toBe("pong");
  await all.within(stopped);
  expect([startedAt.length, most, running.get("one")]).toEqual([begun + 1, 1, 1]);
});

it("moves to a node that joins and owns it from then on", async () => {
  await all.start("a", only);
  await all.time.advance(500);
  for (const node of ["b", "c", "d", "e", "f"]) {
    const system = await all.start(node, only);
    await all.time.advance(500);
    expect(hosts()).toEqual([ownerIn(system)]);
  }
  expect(most).toBe(1);
  expect(startedAt.length).toBeGreaterThan(1);
});

it("is begun again, later each time, when it does not start, and says so", async () => {
  failures = 3;
  await all.start("a", only);
  await all.time.advance(5_000);
  // The first time was before the test could listen.
  expect(all.happened("a", "singleton-ended")).toMatchObject(
    [200, 400].map((pauseMs) => ({ address: "scheduler/one", reason: "failed", pauseMs })),
  );
  expect(startedAt.map((at) => at - (startedAt[0] as number))).toEqual([0, 100, 300, 700]);
  expect([hosts(), said.length > 20]).toEqual([["a"], true]);
});

it("is begun again when its supervision stops it", async () => {
  const a = await all.start("a", { actors: [Mortal], singletons: [{ actor: Mortal, id: "one" }] });
  await all.time.advance(20_000);
  a.ref(Mortal, "one").tell.die();
  await all.time.advance(1_000);
  expect(all.happened("a", "singleton-ended")).toMatchObject([{ reason: "stopped", pauseMs: 100 }]);
  expect([hosts("mortal"), startedAt.length]).toEqual([["a"], 2]);
});

it("does not leave for being idle, while others of its type do", async () => {
  const a = await all.start("a", { actors: [Ledger], singletons: [{ actor: Ledger, id: "main" }] });
  await all.time.advance(100);
  expect(await all.within(a.ref(Ledger, "other").ask.opened())).toBe(1);
  await all.time.advance(60_000);
  expect(a.counts()["ledger"]).toBe(1);
  expect(await all.within(a.ref(Ledger, "main").ask.opened())).toBe(1); // it was never away
});

it("stores what a durable one does exactly once over its moves", async () => {
  const durable = { actors: [Ledger], singletons: [{ actor: Ledger, id: "main" }] };
  for (const node of ["a", "b", "c"]) await all.start(node, durable);
  const client = await all.start("client", { actors: [] });
  for (const node of ["a", "b", "c"]) {
    await all.time.advance(500);
    await all.within((all.systems.get(node) as ActorSystem).stop());
    all.systems.delete(node);
    await all.start(node, durable);
  }
  await all.time.advance(500);
  const opened = await all.within(client.ref(Ledger, "main").ask.opened());
  const activations = [...all.events.values()].flat().filter(({ type }) => type === "actor-activated");
  expect(opened).toBeGreaterThan(0);
  expect(activations.length).toBeLessThanOrEqual(opened);
});

it("refuses wrong options by name", () => {
  const { backend } = all;
  expect(() => cluster({ backend, singletons: Scheduler as never })).toThrow(/singletons is a list/);
  expect(() => cluster({ backend, singletons: [{ actor: Scheduler, id: "" }] })).toThrow(/empty/);
  const one = { actor: Scheduler, id: "one" };
  expect(() => cluster({ backend, singletons: [one, one] })).toThrow(/scheduler\/one is listed twice/);
});

// Death watch across nodes: who hears of an actor's end, why, once, and what it leaves behind.
import { Actor, type ActorSystem, type Supervision } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, leaseMs, TestCluster } from "./harness.ts";
import { onTheWay } from "./on-the-way.ts";

let all: TestCluster;
let heard: string[];
let mayStart: boolean;
beforeEach(() => {
  all = new TestCluster();
  heard = [];
  mayStart = true;
});
afterEach(() => all[Symbol.asyncDispose]());

/** Lives on the nodes that are named for it; ends as it is told. */
class Star extends Actor {
  static type = "star";
  static readonly supervision: Supervision = {
    onFailure: (error) => ((error as Error).message === "the end" ? "stop" : "restart"),
  };
  override onStart(): void {
    if (!mayStart) throw new Error("no start");
  }
  shine(): string {
    return "shine";
  }
  leave(): void {
    this.ctx.stop();
  }
  die(): never {
    throw new Error("the end");
  }
  crash(): never {
    throw new Error("boom");
  }
}

/** Lives on the watching node alone. */
class Watcher extends Actor {
  static type = "watcher";
  readonly #ends = new Map<string, () => void>();
  look(id: string): void {
    this.#ends.set(
      id,
      this.ctx.watch(this.ctx.ref(Star, id), (why) => void heard.push(`${this.ctx.id}: ${id} ${why}`)),
    );
  }
  lookAt(id: string): void {
    this.ctx.watch(this.ctx.ref(Counter, id), (why) => void heard.push(`${this.ctx.id}: ${id} ${why}`));
  }
  lookAway(id: string): void {
    this.#ends.get(id)?.();
  }
  leave(): void {
    this.ctx.stop();
  }
}

async function watchers(): Promise<{ w: ActorSystem; a: ActorSystem; b: ActorSystem }> {
  const w = await all.start("w", { actors: [Watcher] });
  const a = await all.start("a", { actors: [Star, Counter] });
  const b = await all.start("b", { actors: [Star, Counter] });
  await all.time.settle();
  return { w, a, b };
}

/** A star that shines on the node. */
async function starOn(node: string, by: ActorSystem): Promise<string> {
  const id = all.idOn(node, by, "star");
  await all.within(by.ref(Star, id).ask.shine());
  return id;
}

async function figures(by: ActorSystem, node: string) {
  const { nodes } = await all.within(by.use(cluster).describe());
  return nodes.find((described) => described.node === node)?.figures;
}

async function look(w: ActorSystem, id: string, watcher = "1"): Promise<void> {
  await all.within(w.ref(Watcher, watcher).ask.look(id));
  await all.time.settle();
}

it("tells once that an actor of another node was stopped, and leaves nothing behind", async () => {
  const { w } = await watchers();
  const id = await starOn("b", w);
  await look(w, id);
  await look(w, id, "2");
  expect([(await figures(w, "w"))?.watching, (await figures(w, "b"))?.watched, heard]).toEqual([1, 1, []]);
  w.ref(Star, id).tell.die();
  await all.time.advance(100);
  expect(heard.toSorted()).toEqual([`1: ${id} stopped`, `2: ${id} stopped`]);
  await starOn("b", w);
  w.ref(Star, id).tell.leave();
  await all.time.advance(100);
  expect(heard).toHaveLength(2);
  expect([(await figures(w, "w"))?.watching, (await figures(w, "b"))?.watched]).toEqual([0, 0]);
});

it("does not count a restart", async () => {
  const { w } = await watchers();
  const id = await starOn("b", w);
  await look(w, id);
  w.ref(Star, id).tell.crash();
  await all.time.advance(1_000);
  expect([heard, await all.within(w.ref(Star, id).ask.shine())]).toEqual([[], "shine"]);
});

it("says not-active of one that is in memory nowhere, and brings nobody there", async () => {
  const { w, b } = await watchers();
  const id = all.idOn("b", w, "star");
  await look(w, id);
  await all.time.advance(10);
  expect([heard, b.counts()["star"]]).toEqual([[`1: ${id} not-active`], 0]);
});

it("says not-active where no node hosts the type", async () => {
  const w = await all.start("w", { actors: [Watcher] });
  await look(w, "s");
  expect(heard).toEqual(["1: s not-active"]);
});

it("says passivated when the actor moves to a node that joins, and watches it there anew", async () => {
  const { w } = await watchers();
  const ids = Array.from({ length: 40 }, (_, i) => `m${i}`);
  for (const id of ids) {
    await all.within(w.ref(Star, id).ask.shine());
    await look(w, id);
  }
  const c = await all.start("c", { actors: [Star] });
  await all.time.advance(500);
  const moved = ids.filter((id) => w.use(cluster).ownerOf(w.ref(Star, id)) === "c");
  expect(moved.length).toBeGreaterThan(0);
  expect(heard.toSorted()).toEqual(moved.map((id) => `1: ${id} passivated`).toSorted());
  const [id = ""] = moved;
  await all.within(w.ref(Star, id).ask.shine());
  await look(w, id);
  c.ref(Star, id).tell.die();
  await all.time.advance(100);
  expect(heard.at(-1)).toBe(`1: ${id} stopped`);
});

it("says node-gone when its node crashes", async () => {
  const { w } = await watchers();
  const id = await starOn("b", w);
  await look(w, id);
  all.backend.cut("b");
  await all.time.advance(2 * leaseMs);
  expect(heard).toEqual([`1: ${id} node-gone`]);
  expect((await figures(w, "w"))?.watching).toBe(0);
});

it("says passivated when its node leaves in order", async () => {
  const { w, b } = await watchers();
  const id = await starOn("b", w);
  await look(w, id);
  await all.within(b.stop());
  await all.time.advance(100);
  expect(heard).toEqual([`1: ${id} passivated`]);
});

it("repeats a registration that is lost, its end, and the news that is", async () => {
  let losing: string | undefined;
  let lost = 0;
  const backend = onTheWay(all.backend, (frame, deliver) => {
    if (losing !== undefined && Buffer.from(frame).toString().includes(`"${losing}"`)) lost++;
    else deliver();
  });
  const w = await all.start("w", { actors: [Watcher], backend });
  const b = await all.start("b", { actors: [Star], backend });
  await all.time.advance(5_000);
  const id = await starOn("b", w);
  const watched = async () => (await figures(b, "b"))?.watched;
  /** What the first of them should bring about, before and after what is lost comes through. */
  const whileLosing = async (name: string, act: () => void): Promise<unknown[]> => {
    losing = name;
    lost = 0;
    act();
    await all.time.advance(4_000);
    const before = [await watched(), heard.length, lost > 0];
    losing = undefined;
    await all.time.advance(10_000);
    return [before, [await watched(), heard.length]];
  };
  const looking = () => w.ref(Watcher, "1").tell.look(id);
  expect(await whileLosing("watch", looking)).toEqual([
    [0, 0, true],
    [1, 0],
  ]);
  expect(await whileLosing("unwatch", () => w.ref(Watcher, "1").tell.lookAway(id))).toEqual([
    [1, 0, true],
    [0, 0],
  ]);
  await look(w, id);
  await all.time.advance(1_000);
  expect(await whileLosing("terminated", () => b.ref(Star, id).tell.leave())).toEqual([
    [0, 0, true],
    [0, 1],
  ]);
  expect(heard).toEqual([`1: ${id} passivated`]);
});

it("registers with the next owner when its node is gone before it answered", async () => {
  const { w, a } = await watchers();
  const id = all.idOn("b", w, "star");
  all.backend.cut("b");
  const shining = w.ref(Star, id).with({ commandId: "1" }).ask.shine();
  await all.time.settle();
  await look(w, id);
  await all.within(shining);
  await all.time.advance(leaseMs);
  expect([heard, (await figures(w, "a"))?.watched]).toEqual([[], 1]);
  a.ref(Star, id).tell.leave();
  await all.time.advance(100);
  expect(heard).toEqual([`1: ${id} passivated`]);
});

it("ends with unwatch, and with the watcher: the other node forgets it", async () => {
  const { w } = await watchers();
  const id = await starOn("b", w);
  await look(w, id);
  await look(w, id, "2");
  w.ref(Watcher, "1").tell.lookAway(id);
  await all.time.advance(10);
  expect((await figures(w, "b"))?.watched).toBe(1);
  w.ref(Watcher, "2").tell.leave();
  await all.time.advance(10);
  expect([(await figures(w, "w"))?.watching, (await figures(w, "b"))?.watched]).toEqual([0, 0]);
  w.ref(Star, id).tell.leave();
  await all.time.advance(100);
  expect(heard).toEqual([]);
});

it("is forgotten by the other node when the watcher's node crashes", async () => {
  const { w, a } = await watchers();
  const id = await starOn("b", w);
  await look(w, id);
  expect((await figures(a, "b"))?.watched).toBe(1);
  all.backend.cut("w");
  await all.time.advance(3 * leaseMs);
  expect((await figures(a, "b"))?.watched).toBe(0);
});

it("hears of one that lives on the watcher's own node as of any other", async () => {
  await all.start("a", { actors: [Star, Watcher] });
  const a = all.systems.get("a") as ActorSystem;
  await starOn("a", a);
  await look(a, all.idOn("a", a, "star"));
  a.ref(Star, all.idOn("a", a, "star")).tell.die();
  await all.time.advance(10);
  expect(heard).toEqual([`1: ${all.idOn("a", a, "star")} stopped`]);
});

it("says failed of one that cannot be activated again", async () => {
  const { w } = await watchers();
  const id = await starOn("b", w);
  await look(w, id);
  mayStart = false;
  w.ref(Star, id).tell.crash(); // restarts, and does not start
  await all.time.advance(20_000);
  expect(heard).toHaveLength(1);
});

it("tells of durable actors too", async () => {
  const { w, b } = await watchers();
  const id = all.idOn("b", w);
  await all.within(w.ref(Counter, id).ask.count(1));
  await all.within(w.ref(Watcher, "1").ask.lookAt(id));
  await all.within(b.stop());
  await all.time.advance(100);
  expect(heard).toEqual([`1: ${id} passivated`]);
});

// Death watch: who learns that another actor is gone, when, and why.
import { Actor, type ActorRef, outbound, type Plugin, type SpawnOptions, type Supervision } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, latch, start, watch } from "./harness.ts";

let heard: string[] = [];
let gate = latch();
let startFails = false;
beforeEach(() => {
  heard = [];
  gate = latch();
  startFails = false;
});

class Star extends Actor {
  static type = "star";
  override onStart(): void {
    if (startFails) throw new Error("no start");
  }
  shine(): string {
    return "shine";
  }
  crash(): never {
    throw new Error("boom");
  }
  leave(): void {
    this.ctx.stop();
  }
}

class Watcher extends Actor {
  static type = "watcher";
  #unwatch: (() => void) | undefined;
  #child: ActorRef<Star> | undefined;
  watchVirtual(id: string): void {
    this.#watch(this.ctx.ref(Star, id), id);
  }
  spawn(supervision: Supervision = {}, options: SpawnOptions<Star> = {}): void {
    this.#child = this.ctx.spawn(Star, { supervision, ...options });
    this.#watch(this.#child, "child");
  }
  watchChild(): void {
    this.#watch(this.#child as ActorRef<Star>, "child");
  }
  tellChild(command: "crash" | "shine" | "leave"): void {
    (this.#child as ActorRef<Star>).tell[command]();
  }
  stopChild(): void {
    this.ctx.stop(this.#child as ActorRef<Star>);
  }
  unwatch(): void {
    this.#unwatch?.();
  }
  watchThenUnwatch(id: string): void {
    this.watchVirtual(id);
    this.#unwatch?.();
  }
  async wait(): Promise<void> {
    await gate.opened;
    heard.push("turn done");
  }
  crash(): never {
    throw new Error("boom");
  }
  alive(): boolean {
    return this.#child !== undefined;
  }
  /** What it does is done in a turn: it may tell, and a throw would be a failure of the watcher. */
  #watch(ref: ActorRef<Actor>, name: string): void {
    this.#unwatch = this.ctx.watch(ref, (why) => {
      heard.push(`${name} ${why}`);
      this.ctx.ref(Star, "told").tell.shine();
      if (name === "fatal") throw new Error("not that one");
    });
  }
}

const w = (t: Harness) => t.system.ref(Watcher, "w");
const release = (t: Harness, id: string) => t.local.release((address) => address.id === id);

it("a virtual actor: passivated; one call, also when it comes and goes again", async () => {
  await using t = await start([Watcher, Star]);
  await t.system.ref(Star, "s").ask.shine();
  await w(t).ask.watchVirtual("s");
  await t.time.settle();
  expect(heard).toEqual([]);
  await release(t, "s");
  await t.time.settle();
  await t.system.ref(Star, "s").ask.shine();
  await release(t, "s");
  await t.time.settle();
  expect(heard).toEqual(["s passivated"]);
  expect(t.system.counts()).toEqual({ watcher: 1, star: 1 });
});

it("one that is not in memory: not-active, and it is not brought there", async () => {
  await using t = await start([Watcher, Star]);
  await w(t).ask.watchVirtual("s");
  await t.time.settle();
  expect([heard, t.system.counts()["star"]]).toEqual([["s not-active"], 1]); // the one that was told
});

it("one that its node gives up: lost", async () => {
  await using t = await start([Watcher, Star]);
  await t.system.ref(Star, "s").ask.shine();
  await w(t).ask.watchVirtual("s");
  t.local.abandon((address) => address.id === "s");
  await t.time.settle();
  expect(heard).toEqual(["s lost"]);
});

it("one that cannot start: failed", async () => {
  await using t = await start([Watcher, Star]);
  startFails = true;
  await w(t).ask.spawn({ onFailure: "stop" });
  await t.time.settle();
  expect(heard).toEqual(["child failed"]);
});

it("one that its supervision stops: stopped", async () => {
  await using t = await start([Watcher, Star]);
  await w(t).ask.spawn({ onFailure: "stop" });
  await w(t).ask.tellChild("crash");
  await t.time.settle();
  expect(heard).toEqual(["child stopped"]);
});

it("a child that stops itself, or is stopped by its parent: stopped", async () => {
  await using t = await start([Watcher, Star]);
  for (const end of [() => w(t).ask.stopChild(), () => w(t).ask.tellChild("leave")]) {
    heard = [];
    await w(t).ask.spawn();
    await t.time.settle();
    await end();
    await t.time.settle();
    expect(heard).toEqual(["child stopped"]);
  }
});

it("a child that is gone when it is watched: not-active", async () => {
  await using t = await start([Watcher, Star]);
  await w(t).ask.spawn();
  await w(t).ask.stopChild();
  await t.time.settle();
  await w(t).ask.watchChild();
  await t.time.settle();
  expect(heard).toEqual(["child stopped", "child not-active"]);
});

it("a restart does not count, and the watch goes on", async () => {
  await using t = await start([Watcher, Star]);
  await w(t).ask.spawn();
  await w(t).ask.tellChild("crash");
  await t.time.settle();
  expect(heard).toEqual([]);
  await w(t).ask.stopChild();
  await t.time.settle();
  expect(heard).toEqual(["child stopped"]);
});

it("the call is a turn: it waits for the open one, and what it tells leaves", async () => {
  await using t = await start([Watcher, Star]);
  await t.system.ref(Star, "s").ask.shine();
  await w(t).ask.watchVirtual("s");
  const turn = w(t).ask.wait();
  await t.time.settle();
  await release(t, "s");
  await t.time.settle();
  expect(heard).toEqual([]);
  gate.open();
  await turn;
  await t.time.settle();
  expect([heard, t.system.counts()["star"]]).toEqual([["turn done", "s passivated"], 1]);
});

it("a call that throws is a failure of the watcher", async () => {
  await using t = await start([Watcher, Star]);
  await w(t).ask.watchVirtual("fatal");
  await t.time.settle();
  expect(t.events.filter(({ type }) => type === "actor-failed")).toMatchObject([
    { address: "watcher/w", command: "watch of star/fatal", error: Error("not that one"), directive: "restart" },
  ]);
});

it("unwatch ends it: before, in the same turn, and while the call waits for its turn", async () => {
  await using t = await start([Watcher, Star]);
  await t.system.ref(Star, "s").ask.shine();
  await w(t).ask.watchVirtual("s");
  await w(t).ask.unwatch();
  await w(t).ask.watchThenUnwatch("nobody");
  await release(t, "s");
  await t.time.settle();
  expect(heard).toEqual([]);
});

it("an unwatch in the turn that the call waits for takes it back", async () => {
  class Late extends Actor {
    static type = "late";
    #unwatch: (() => void) | undefined;
    async begin(): Promise<void> {
      this.#unwatch = this.ctx.watch(this.ctx.ref(Star, "s"), (why) => heard.push(why));
      await Promise.resolve();
    }
    async end(): Promise<void> {
      await gate.opened;
      this.#unwatch?.();
    }
  }
  await using t = await start([Late, Star]);
  await t.system.ref(Star, "s").ask.shine();
  await t.system.ref(Late, "l").ask.begin();
  const turn = t.system.ref(Late, "l").ask.end();
  await t.time.settle();
  await release(t, "s");
  gate.open();
  await turn;
  await t.time.settle();
  expect(heard).toEqual([]);
});

it("the watch ends with the watcher's incarnation", async () => {
  await using t = await start([Watcher, Star]);
  await t.system.ref(Star, "s").ask.shine();
  await w(t).ask.watchVirtual("s");
  await w(t)
    .ask.crash()
    .catch(() => undefined);
  expect(await w(t).ask.alive()).toBe(false);
  await release(t, "s");
  await t.time.settle();
  expect(heard).toEqual([]);
});

it("a watcher that has left is not brought back", async () => {
  await using t = await start([Watcher, Star]);
  await t.system.ref(Star, "s").ask.shine();
  await w(t).ask.watchVirtual("s");
  await release(t, "w");
  await release(t, "s");
  await t.time.settle();
  expect([heard, t.system.counts()]).toEqual([[], { watcher: 0, star: 0 }]);
});

const routing: Plugin = {
  name: "routing",
  install(host) {
    const send = host.local.deliver.bind(host.local);
    host.provide(outbound, { send, resend: send });
  },
};

it("behind a transport without death watch, virtual actors cannot be watched, children can", async () => {
  await using t = await start([Watcher, Star], { plugins: [routing] });
  await expect(w(t).ask.watchVirtual("s")).rejects.toMatchObject({
    code: "ACTOR_WATCH_UNAVAILABLE",
    data: { address: "star/s" },
  });
  await w(t).ask.spawn();
  await w(t).ask.stopChild();
  await t.time.settle();
  expect(heard).toEqual(["child stopped"]);
});

it("what a watcher no longer watches is let go by the transport too", async () => {
  let watched = 0;
  const telling: Plugin = {
    name: "telling",
    install(host) {
      const send = host.local.deliver.bind(host.local);
      host.provide(outbound, {
        send,
        resend: send,
        watch() {
          watched++;
          return () => void watched--;
        },
      });
    },
  };
  await using t = await start([Watcher, Star], { plugins: [telling] });
  await w(t).ask.watchVirtual("s");
  await w(t).ask.watchVirtual("s2");
  expect(watched).toBe(2);
  await w(t).ask.unwatch();
  await w(t)
    .ask.crash()
    .catch(() => undefined);
  await w(t).ask.alive();
  expect(watched).toBe(0);
});

it("two watchers are told both", async () => {
  await using t = await start([Watcher, Star]);
  await t.system.ref(Star, "s").ask.shine();
  const both = [w(t), t.system.ref(Watcher, "w2")];
  for (const ref of both) await ref.ask.watchVirtual("s");
  const released = watch(release(t, "s"));
  await t.time.settle();
  expect([heard, released.state]).toEqual([["s passivated", "s passivated"], "done: undefined"]);
});

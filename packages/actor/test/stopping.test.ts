// The end of a system: its phases in order, and what each of them promises.
import { Actor, type ActorRef, createSystem, type Plugin } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, latch, start, watch } from "./harness.ts";

let log: string[] = [];
let gate = latch();
let drained = latch();
beforeEach(() => {
  log = [];
  gate = latch();
  drained = latch();
});

class Guest extends Actor {
  static type = "guest";
  #child: ActorRef<Guest> | undefined;
  override async onPassivate(): Promise<void> {
    log.push(`${this.ctx.id} passivates`);
    if (this.ctx.id === "caller") this.ctx.ref(Guest, "late").tell.note("farewell");
    if (this.ctx.id === "hangs") await new Promise(() => undefined);
  }
  override onStop(): void {
    log.push(`${this.ctx.id} ends`);
  }
  note(what: string): void {
    log.push(`${this.ctx.id} ${what}`);
  }
  async wait(): Promise<string> {
    await gate.opened;
    log.push(`${this.ctx.id} turn done`);
    return "done";
  }
  spawn(): void {
    this.#child = this.ctx.spawn(Guest, { name: "child" });
    this.#child.tell.note("began");
  }
}

const plugin = (name: string, drain?: () => Promise<void>): Plugin => ({
  name,
  install: () => undefined,
  async drain() {
    log.push(`${name} drains`);
    await drain?.();
  },
  close: () => void log.push(`${name} closes`),
});
const ref = (t: Harness, id = "a") => t.system.ref(Guest, id);
const hasStopped = (t: Harness) => t.events.some(({ type }) => type === "system-stopped");

it("work from outside is refused, plugins drain, turns finish, actors passivate, plugins close in reverse", async () => {
  const t = await start([Guest], { plugins: [plugin("one"), plugin("two", () => drained.opened)] });
  const turn = watch(ref(t).ask.wait());
  await ref(t, "b").ask.note("x");
  log = [];
  const stopped = watch(t.system.stop());
  await expect(ref(t).ask.note("too late")).rejects.toMatchObject({ code: "ACTOR_SYSTEM_STOPPED" });
  expect(() => ref(t).tell.note("too late")).toThrow(expect.objectContaining({ code: "ACTOR_SYSTEM_STOPPED" }));
  await t.time.settle();
  expect([log.includes("two drains"), t.system.counts()]).toEqual([true, { guest: 2 }]);
  drained.open();
  await t.time.settle();
  expect([log.toSorted(), t.system.counts()]).toEqual([["one drains", "two drains"], { guest: 2 }]);
  gate.open();
  await t.time.settle();
  const [last, ...left] = log.slice(2);
  expect([last, left.slice(-2)]).toEqual(["a turn done", ["two closes", "one closes"]]);
  expect(left.slice(0, -2).toSorted()).toEqual(["a ends", "a passivates", "b ends", "b passivates"]);
  expect([turn.state, stopped.state, hasStopped(t), t.time.timers]).toEqual([
    'done: "done"',
    "done: undefined",
    true,
    0,
  ]);
});

it("messages that were accepted while plugins drain are handled", async () => {
  const t = await start([Guest], { plugins: [plugin("one", () => drained.opened)] });
  const turn = ref(t).ask.wait();
  ref(t).tell.note("accepted");
  await t.time.settle();
  const stopped = t.system.stop();
  gate.open();
  await t.time.settle();
  expect(log).toEqual(["one drains", "a turn done", "a accepted"]);
  drained.open();
  await Promise.all([turn, stopped]);
});

it("what had been accepted is handled, and what comes of it, before anybody leaves", async () => {
  class Stage extends Actor {
    static type = "stage";
    #handled = 0;
    override onPassivate(): void {
      log.push(`${this.ctx.id} leaves after ${this.#handled}`);
    }
    pass(to: number): void {
      this.#handled++;
      if (to > 0) this.ctx.ref(Stage, `s${to - 1}`).tell.pass(to - 1);
    }
  }
  const t = await start([Stage]);
  for (let i = 0; i < 500; i++) t.system.ref(Stage, "s3").tell.pass(3);
  await t.system.stop();
  expect(log.toSorted()).toEqual([0, 1, 2, 3].map((n) => `s${n} leaves after 500`));
  expect(t.system.deadLetters.total).toBe(0);
});

it("the messages of children are handled, too", async () => {
  const t = await start([Guest]);
  ref(t).tell.spawn();
  await t.system.stop();
  expect(log).toEqual(["child began", "a passivates", "child ends", "a ends"]);
});

it("an actor that keeps telling itself does not hold up the end", async () => {
  class Ticking extends Actor {
    static type = "ticking";
    tick(): void {
      this.ctx.self(Ticking).tell.tick();
    }
  }
  // In real time: what never ends takes no virtual time.
  const system = await createSystem({ name: "t", actors: [Ticking], log: false, stopTimeoutMs: 1_000_000 });
  system.ref(Ticking, "a").tell.tick();
  await system.stop();
  expect(system.counts()).toEqual({ ticking: 0 });
  expect(system.deadLetters.list()).toMatchObject([{ command: "tick", cause: { code: "ACTOR_SYSTEM_STOPPED" } }]);
});

it("what an actor tells while it passivates brings others once more; they leave too", async () => {
  const t = await start([Guest]);
  await ref(t, "caller").ask.note("x");
  await t.system.stop();
  expect(log).toEqual([
    "caller x",
    "caller passivates",
    "late farewell",
    "caller ends",
    "late passivates",
    "late ends",
  ]);
  expect(t.system.counts()).toEqual({ guest: 0 });
});

it("children end with their parents, without onPassivate", async () => {
  const t = await start([Guest]);
  await ref(t).ask.spawn();
  await t.time.settle();
  await t.system.stop();
  expect(log).toEqual(["child began", "a passivates", "child ends", "a ends"]);
});

it("after stopTimeoutMs the rest is given up; onStop is called, plugins close, nothing is left", async () => {
  const t = await start([Guest], { plugins: [plugin("one")], options: { stopTimeoutMs: 300 } });
  const turn = watch(ref(t, "stuck").with({ timeoutMs: 60_000 }).ask.wait());
  await ref(t, "hangs").ask.note("x");
  const stopped = watch(t.system.stop());
  await t.time.advance(299);
  expect([stopped.state, turn.state]).toEqual(["waiting", "waiting"]);
  await t.time.advance(1);
  expect([stopped.state, turn.state]).toEqual(["done: undefined", "failed: ACTOR_SYSTEM_STOPPED"]);
  expect(log.slice(1)).toEqual(["one drains", "hangs passivates", "stuck ends", "hangs ends", "one closes"]);
  expect(t.events.filter(({ type }) => type === "stop-held-up")).toMatchObject([
    { actors: ["guest/stuck", "guest/hangs"], total: 2, afterMs: 300 },
  ]);
  gate.open();
  await t.time.advance(60_000);
  expect([log.includes("stuck passivates"), t.system.counts(), t.time.timers]).toEqual([false, { guest: 0 }, 0]);
});

it("stop is one: a second call waits for the same end", async () => {
  const t = await start([Guest], { plugins: [plugin("one")] });
  await ref(t).ask.note("x");
  await Promise.all([t.system.stop(), t.system.stop(), t.system[Symbol.asyncDispose]()]);
  expect(log).toEqual(["a x", "one drains", "a passivates", "a ends", "one closes"]);
  expect(t.events.filter(({ type }) => type === "system-stopped")).toHaveLength(1);
  expect(t.events.filter(({ type }) => type === "stop-held-up")).toEqual([]);
});

it("a stop in a handler does not wait for the turn that calls it", async () => {
  let t: Harness | undefined;
  class Suicidal extends Actor {
    static type = "suicidal";
    end(): string {
      void t?.system.stop();
      return "answered";
    }
  }
  t = await start([Suicidal]);
  const { system, time } = t;
  expect(await system.ref(Suicidal, "s").ask.end()).toBe("answered");
  await time.settle();
  expect([hasStopped(t), system.counts()]).toEqual([true, { suicidal: 0 }]);
});

it("a plugin that does not end holds up the stop no longer than stopTimeoutMs each time, and is reported", async () => {
  const never = () => new Promise<void>(() => undefined);
  const slow: Plugin = { name: "slow", install: () => undefined, drain: never, close: never };
  const t = await start([Guest], { plugins: [slow], options: { stopTimeoutMs: 500 } });
  const stopped = watch(t.system.stop());
  await t.time.advance(900);
  expect(stopped.state).toBe("waiting");
  await t.time.advance(200);
  expect(stopped.state).toBe("done: undefined");
  const failures = t.events.filter((event) => event.type === "listener-failed");
  expect(failures.map(({ during }) => during)).toEqual(["drain of slow", "close of slow"]);
});

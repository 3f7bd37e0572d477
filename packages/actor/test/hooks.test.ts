// The hooks of an actor: when they run, how often, and what becomes of one that throws or never ends.
import { Actor, host, type HostOptions, type Supervision } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, latch, start, watch } from "./harness.ts";

type Hook = "create" | "onStart" | "onPassivate" | "onStop";
let log: string[] = [];
let born = 0;
/** What a hook does besides being noted. */
let doing: Partial<Record<Hook, () => unknown>> = {};
let gate = latch();
beforeEach(() => {
  log = [];
  born = 0;
  doing = {};
  gate = latch();
});

const never = (): Promise<never> => new Promise(() => undefined);
const fails = (): never => {
  throw new Error("hook broke");
};

class Hooked extends Actor {
  static type = "hooked";
  readonly #number = ++born;
  override async onStart(): Promise<void> {
    await this.#run("onStart");
  }
  override async onPassivate(): Promise<void> {
    if (this.ctx.id === "teller") this.ctx.ref(Hooked, "told").tell.note("farewell");
    await this.#run("onPassivate");
  }
  override async onStop(): Promise<void> {
    await this.#run("onStop");
  }
  note(what = "hello"): void {
    log.push(`${this.ctx.id}: ${what}`);
  }
  crash(): never {
    throw new Error("boom");
  }
  async crashLater(): Promise<never> {
    await gate.opened;
    throw new Error("boom later");
  }
  leave(): void {
    this.ctx.stop();
  }
  async leaveLater(): Promise<void> {
    this.ctx.stop();
    await gate.opened;
    log.push("turn done");
  }
  #run(hook: Hook): unknown {
    log.push(`${hook} ${this.#number}`);
    return doing[hook]?.();
  }
}

const begin = (options: HostOptions<Hooked> = {}): Promise<Harness> =>
  start([host(Hooked, { hookTimeoutMs: 1_000, ...options })]);
const a = (t: Harness) => t.system.ref(Hooked, "a");
const hookFailures = (t: Harness) =>
  t.events.flatMap((event) => (event.type === "hook-failed" ? [[event.hook, (event.error as Error).message]] : []));

it("one that was idle for long is passivated: onPassivate, then onStop", async () => {
  await using t = await begin({ idleMs: 1_000 });
  await a(t).ask.note();
  await t.time.advance(1_250);
  expect(log).toEqual(["onStart 1", "a: hello", "onPassivate 1", "onStop 1"]);
  expect(t.events.filter(({ type }) => type === "actor-passivated")).toHaveLength(1);
});

it("so is the one that was busy longest ago, where there may be only so many", async () => {
  await using t = await begin({ maxResident: 1 });
  await a(t).ask.note();
  await t.system.ref(Hooked, "b").ask.note();
  await t.time.settle();
  expect(log.filter((line) => line.endsWith(" 1"))).toEqual(["onStart 1", "onPassivate 1", "onStop 1"]);
  expect(t.system.counts()).toEqual({ hooked: 1 });
});

it("ctx.stop passivates an actor without parent at the end of its turn", async () => {
  await using t = await begin();
  await a(t).ask.leave();
  await t.time.settle();
  expect([log, t.system.counts()]).toEqual([["onStart 1", "onPassivate 1", "onStop 1"], { hooked: 0 }]);
});

it("ctx.stop in a turn that takes long waits for its end; what is sent meanwhile is for the next incarnation", async () => {
  await using t = await begin();
  const turn = a(t).ask.leaveLater();
  a(t).tell.note("next");
  await t.time.settle();
  expect(log).toEqual(["onStart 1"]);
  gate.open();
  await turn;
  await t.time.settle();
  expect(log).toEqual(["onStart 1", "turn done", "onPassivate 1", "onStop 1", "onStart 2", "a: next"]);
});

it("system.stop passivates", async () => {
  const t = await begin();
  await a(t).ask.note();
  await t.system.stop();
  expect(log.slice(2)).toEqual(["onPassivate 1", "onStop 1"]);
});

it("onPassivate is a turn: it may tell, and what it tells leaves", async () => {
  await using t = await begin();
  await t.system.ref(Hooked, "teller").ask.note();
  await t.local.release((address) => address.id === "teller");
  await t.time.settle();
  expect(log).toContain("told: farewell");
});

it("nothing is told by an onPassivate that throws; it is reported, and the actor leaves all the same", async () => {
  doing.onPassivate = fails;
  await using t = await begin();
  await t.system.ref(Hooked, "teller").ask.note();
  await t.local.release((address) => address.id === "teller");
  await t.time.settle();
  expect(log).toEqual(["onStart 1", "teller: hello", "onPassivate 1", "onStop 1"]);
  expect(hookFailures(t)).toEqual([["onPassivate", "hook broke"]]);
  expect(t.system.counts()).toEqual({ hooked: 0 });
});

it.each(["onPassivate", "onStop"] as const)("%s that never ends is cut off after hookTimeoutMs", async (hook) => {
  doing[hook] = never;
  await using t = await begin();
  await a(t).ask.note();
  const released = watch(t.local.release(() => true));
  await t.time.advance(999);
  expect(released.state).toBe("waiting");
  await t.time.advance(1);
  expect(released.state).toBe("done: undefined");
  expect(hookFailures(t)).toEqual([[hook, `${hook} of hooked/a did not end within 1000 ms (hookTimeoutMs).`]]);
  expect(log.slice(2)).toEqual(["onPassivate 1", "onStop 1"]);
  doing = {};
});

it("a restart calls onStop of the old object once, and no onPassivate", async () => {
  await using t = await begin();
  await a(t)
    .ask.crash()
    .catch(() => undefined);
  await a(t).ask.note();
  expect(log).toEqual(["onStart 1", "onStop 1", "onStart 2", "a: hello"]);
});

it.each([
  ["stop", ["onStart 1", "onStop 1"]],
  ["escalate", ["onStart 1", "onStop 1"]],
  ["resume", ["onStart 1"]],
] as const)("supervision that says %s: %j, and no onPassivate", async (onFailure, hooks) => {
  await using t = await begin({ supervision: { onFailure } });
  await a(t)
    .ask.crash()
    .catch(() => undefined);
  await t.time.settle();
  expect(log).toEqual(hooks);
});

it("an onStart that fails is followed by onStop of the same object", async () => {
  doing.onStart = fails;
  await using t = await begin();
  await expect(a(t).ask.note()).rejects.toMatchObject({ code: "ACTOR_ACTIVATION_FAILED" });
  await t.time.settle();
  expect(log).toEqual(["onStart 1", "onStop 1"]);
});

it("abandoning calls onStop once", async () => {
  await using t = await begin();
  await a(t).ask.note();
  t.local.abandon(() => true);
  await t.time.settle();
  expect(log.slice(2)).toEqual(["onStop 1"]);
});

it("an actor that is given up while its onStop runs is not told twice", async () => {
  doing.onStop = () => gate.opened;
  await using t = await begin();
  await a(t).ask.note();
  void t.local.release(() => true);
  await t.time.settle();
  t.local.abandon(() => true);
  gate.open();
  await t.time.settle();
  expect(log.slice(2)).toEqual(["onPassivate 1", "onStop 1"]);
});

it.each([
  ["passivated", (t: Harness) => t.local.release(() => true), []],
  ["stopped with its system", (t: Harness) => t.system.stop(), ["onStart 2", "onPassivate 2", "onStop 2"]],
])("an actor that fails while it is to be %s is told once that its object ends", async (_, leave, anew) => {
  const t = await begin();
  const crashed = watch(a(t).ask.crashLater());
  await t.time.settle();
  const left = leave(t);
  await t.time.settle();
  gate.open();
  await left;
  await t.time.settle();
  expect(crashed.state).toBe("failed: ACTOR_FAILED");
  expect(log).toEqual(["onStart 1", "onStop 1", ...anew]);
  await t[Symbol.asyncDispose]();
});

it("a failing onStop is reported and blocks neither the restart nor the mailbox", async () => {
  doing.onStop = fails;
  await using t = await begin();
  await a(t)
    .ask.crash()
    .catch(() => undefined);
  await a(t).ask.note();
  expect(hookFailures(t)).toEqual([["onStop", "hook broke"]]);
  doing = {};
});

it("a hanging onStop holds a restart up for hookTimeoutMs at most", async () => {
  doing.onStop = never;
  await using t = await begin();
  await a(t)
    .ask.crash()
    .catch(() => undefined);
  const next = watch(a(t).ask.note());
  await t.time.advance(999);
  expect(next.state).toBe("waiting");
  doing = {};
  await t.time.advance(1);
  expect(next.state).toBe("done: undefined");
});

it("onStop is no turn: what it sends is refused and reported", async () => {
  class Late extends Actor {
    static type = "late";
    hello(): void {}
    override onStop(): void {
      this.ctx.self(Late).tell.hello();
    }
  }
  await using t = await start([Late]);
  await t.system.ref(Late, "a").ask.hello();
  await t.local.release(() => true);
  expect(hookFailures(t)).toEqual([["onStop", "late/a: tell while no turn is open; await what a handler starts."]]);
});

const hung = { code: "ACTOR_ACTIVATION_FAILED", data: { address: "hooked/a", causeCode: "ACTOR_HOOK_TIMEOUT" } };
it.each([
  ["create", { create: never }],
  ["onStart", {}],
] as const)("%s that never ends fails the activation after hookTimeoutMs", async (hook, options) => {
  doing.onStart = never;
  await using t = await begin(options);
  const asks = [a(t).ask.note(), a(t).ask.note()];
  const seen = asks.map(watch);
  await t.time.advance(999);
  expect(seen.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
  await t.time.advance(1);
  for (const ask of asks) await expect(ask).rejects.toMatchObject({ ...hung, cause: { data: { hook } } });
  expect(t.system.counts()).toEqual({ hooked: 0 });
});

it("what a hook does after its time is up changes nothing", async () => {
  doing.onStart = () => gate.opened;
  await using t = await begin();
  const first = watch(a(t).ask.note("lost"));
  await t.time.advance(1_000);
  expect(first.state).toBe("failed: ACTOR_ACTIVATION_FAILED");
  doing = {};
  const second = watch(a(t).ask.note("found"));
  gate.open();
  await t.time.settle();
  expect(second.state).toBe("done: undefined");
  expect(log).toEqual(["onStart 1", "onStop 1", "onStart 2", "a: found"]);
});

it("hooks of children follow what their parent chose for them", async () => {
  class Parent extends Actor {
    static type = "parent";
    begin(supervision: Supervision): void {
      this.ctx.spawn(Hooked, { name: "c", hookTimeoutMs: 10, supervision }).tell.note();
    }
  }
  doing.onStart = never;
  await using t = await start([Parent, host(Hooked, { hookTimeoutMs: 100 })]);
  t.system.ref(Parent, "p").tell.begin({ onFailure: "stop" });
  await t.time.advance(9);
  expect(t.events.filter(({ type }) => type === "activation-failed")).toEqual([]);
  await t.time.advance(1);
  expect(t.events.filter(({ type }) => type === "activation-failed")).toMatchObject([
    { address: "parent/p/hooked/c", error: { code: "ACTOR_HOOK_TIMEOUT" } },
  ]);
});

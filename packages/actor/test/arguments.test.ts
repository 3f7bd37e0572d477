// Arguments that make no sense are refused at the call, by what was given and what to use; objects are made afresh; and a
// limit of residents holds once those that were busy come to rest.
import { Actor, type ActorRef, type Hosting, host, type HostOptions } from "@aether/actor";
import { beforeEach, describe, expect, it } from "vitest";
import { makeRoom } from "../src/sweeping.ts";
import { type Harness, latch, start, watch } from "./harness.ts";

const never = (): undefined => undefined;
const wrong = (value: unknown): never => value as never;

class Other extends Actor {
  static type = "other";
  ping(): void {}
}

class Caller extends Actor {
  static type = "caller";
  async call(name: string): Promise<string> {
    const { ctx } = this;
    const calls: Record<string, () => unknown> = {
      "once without a task": () => ctx.timers.once("t", 5, wrong(undefined)),
      "every without a task": () => ctx.timers.every("t", 5, wrong(undefined)),
      "once without a name": () => ctx.timers.once(wrong(5), 5, never),
      "every without a name": () => ctx.timers.every(wrong(undefined), 5, never),
      "cancel without a name": () => ctx.timers.cancel(wrong(undefined)),
      "once in text": () => ctx.timers.once("t", wrong("5"), never),
      "once too late": () => ctx.timers.once("t", 2_147_483_648, never),
      "every too late": () => ctx.timers.every("t", 2_147_483_648, never),
      "watch without a callback": () => ctx.watch(ctx.ref(Other, "o"), wrong(undefined)),
      "watch of nobody": () => ctx.watch(wrong(undefined), never),
      "watch of a text": () => ctx.watch(wrong("other/o"), never),
      "run of nothing": () => ctx.run(wrong(undefined)),
      "run with onDone": () => ctx.run(never, wrong(5)),
      "run with onFailed": () => ctx.run(never, undefined, wrong({})),
      "spawn with 5": () => ctx.spawn(Other, wrong(5)),
      "spawn with null": () => ctx.spawn(Other, wrong(null)),
      "spawn with create": () => ctx.spawn(Other, { create: wrong(5) }),
      "self of another": () => ctx.self(Other),
      "all right": () => {
        ctx.timers.once("t", 2_147_483_647, never);
        ctx.timers.every("e", 2_147_483_647, never);
        const child: ActorRef<Other> = ctx.spawn(Other, {});
        ctx.watch(child, never);
        ctx.run(never, undefined, never);
        ctx.self(Caller);
      },
    };
    try {
      calls[name]?.();
      return "accepted";
    } catch (error) {
      const { name: kind, message } = error as Error;
      return `${kind} ${message}`;
    }
  }
}

it.each([
  ["once without a task", "TypeError timers.once: the task is undefined; use a function."],
  ["every without a task", "TypeError timers.every: the task is undefined; use a function."],
  ["once without a name", "TypeError timers.once: the name is the number 5; use text."],
  ["every without a name", "TypeError timers.every: the name is undefined; use text."],
  ["cancel without a name", "TypeError timers.cancel: the name is undefined; use text."],
  ["once in text", "TypeError timers.once: a string is no time to wait; use milliseconds, as a number."],
  ["once too late", "RangeError timers.once: 2147483648 is no time to wait; use 0 to 2147483647 milliseconds."],
  ["every too late", "RangeError timers.every: 2147483648 is no time to wait; use 1 to 2147483647 milliseconds."],
  ["watch without a callback", "TypeError ctx.watch: onTerminated is undefined; use a function."],
  ["watch of nobody", "TypeError ctx.watch: undefined is no actor; use a ref."],
  ["watch of a text", "TypeError ctx.watch: a string is no actor; use a ref."],
  ["run of nothing", "TypeError ctx.run: the work is undefined; use a function."],
  ["run with onDone", "TypeError ctx.run: onDone is the number 5; use a function."],
  ["run with onFailed", "TypeError ctx.run: onFailed is an object; use a function."],
  ["spawn with 5", "TypeError spawn: the options are the number 5; use an object, or leave them out."],
  ["spawn with null", "TypeError spawn: the options are null; use an object, or leave them out."],
  ["spawn with create", "TypeError spawn: create is the number 5; use a function."],
  ["self of another", 'TypeError ctx.self(Other): this actor is a "caller", no "other"; use its own class.'],
  ["all right", "accepted"],
])("%s: %s", async (name, message) => {
  await using t = await start([Caller, Other]);
  expect(await t.system.ref(Caller, "c").ask.call(name)).toBe(message);
});

it.each<[unknown, string]>([
  [5, "host(Other): the options are the number 5; use an object"],
  [null, "host(Other): the options are null; use an object"],
  [[], "host(Other): the options are a list; use an object"],
  [{ create: 5 }, "host(Other): create is the number 5; use a function"],
  [{ create: null }, "host(Other): create is null; use a function"],
])("host refuses %j with a TypeError", (options, message) => {
  expect(() => host(Other, options as HostOptions<Other>)).toThrow(TypeError);
  expect(() => host(Other, options as HostOptions<Other>)).toThrow(message);
});

it.each([
  [{ idleMs: 0.5 }, "Other: idleMs is 0.5; use 1 to 2147483647 milliseconds, or Infinity"],
  [{ idleMs: 2_147_483_648 }, "Other: idleMs is 2147483648; use 1 to 2147483647 milliseconds, or Infinity"],
  [{ hookTimeoutMs: 1e12 }, "Other: hookTimeoutMs is 1000000000000; use more than 0 to 2147483647 milliseconds"],
  [{ supervision: { maxBackoffMs: 2_147_483_648 } }, "supervision.maxBackoffMs is 2147483648; use 0 to 3600000"],
])("host refuses %j, which no timer can wait for", (options, message) => {
  expect(() => host(Other, options)).toThrow(RangeError);
  expect(() => host(Other, options)).toThrow(message);
});

it("the longest time, and none at all, are accepted", () => {
  for (const ms of [2_147_483_647, Infinity])
    expect(() => host(Other, { idleMs: ms, hookTimeoutMs: ms })).not.toThrow();
});

it("half a character is refused in ids and headers of a call, a whole one of two halves is not", async () => {
  await using t = await start([Other]);
  const ref = t.system.ref(Other, "o");
  const half = "a\ud800";
  for (const options of [{ commandId: half }, { headers: { h: half } }, { headers: { [half]: "h" } }]) {
    expect(() => ref.with(options)).toThrow(RangeError);
    expect(() => ref.with(options)).toThrow("lone surrogate");
  }
  expect(() => ref.with({ commandId: "\u{1F600}", headers: { "\u{1F600}": "\u{1F600}" } })).not.toThrow();
});

describe("create() that gives the same object again", () => {
  const shared = "makes the same object again";
  const cases: [string, () => Hosting<Other>][] = [
    ["at once", () => ((made) => host(Other, { create: () => made }))(new Other())],
    ["by a promise", () => ((made) => host(Other, { create: () => made }))(Promise.resolve(new Other()))],
  ];
  it.each(cases)(`${shared}, %s: the second activation fails`, async (_, hosting) => {
    await using t = await start([hosting()]);
    const asked = ["a", "b"].map((id) => t.system.ref(Other, id).ask.ping());
    const [first, second] = await Promise.allSettled(asked);
    expect(first).toMatchObject({ status: "fulfilled" });
    expect(second).toMatchObject({ status: "rejected", reason: { code: "ACTOR_ACTIVATION_FAILED" } });
    expect(t.events.filter(({ type }) => type === "activation-failed")).toMatchObject([
      {
        address: "other/b",
        error: { name: "TypeError", message: expect.stringContaining("make a fresh one") as string },
      },
    ]);
    await t.system.ref(Other, "a").ask.ping();
  });
});

let gate = latch();
beforeEach(() => (gate = latch()));

class Guest extends Actor {
  static type = "guest";
  ping(): void {}
  async wait(): Promise<void> {
    await gate.opened;
  }
}
class Lingering extends Guest {
  static override type = "lingering";
  override async onPassivate(): Promise<void> {
    await gate.opened;
  }
}

describe("maxResident", () => {
  const resident = (t: Harness): number | undefined => t.system.counts()["guest"];

  it("2,000 busy actors: once they come to rest, no more than the limit stay", async () => {
    await using t = await start([host(Guest, { maxResident: 10 })]);
    const asks = Array.from({ length: 2_000 }, (_, i) => t.system.ref(Guest, `${i}`).ask.wait());
    await t.time.settle();
    expect(resident(t)).toBe(2_000);
    gate.open();
    await Promise.all(asks);
    await t.time.settle();
    expect(resident(t)).toBe(10);
  });

  it("idle ones behind many busy ones leave as they come to rest", async () => {
    await using t = await start([host(Guest, { maxResident: 10 })]);
    const asks = Array.from({ length: 300 }, (_, i) => t.system.ref(Guest, `busy ${i}`).ask.wait());
    for (let i = 0; i < 100; i++) t.system.ref(Guest, `${i}`).tell.ping();
    await t.time.settle();
    expect(resident(t)).toBe(300);
    gate.open();
    await Promise.all(asks);
    await t.time.settle();
    expect(resident(t)).toBe(10);
  });

  it("idle ones that stand behind busy ones are found before the limit is passed by far", async () => {
    await using t = await start([host(Guest, { maxResident: 400 })]);
    const asks = Array.from({ length: 200 }, (_, i) => t.system.ref(Guest, `busy ${i}`).ask.wait());
    for (let i = 0; i < 1_000; i++) await t.system.ref(Guest, `${i}`).ask.ping();
    await t.time.settle();
    expect(resident(t)).toBe(400);
    gate.open();
    await Promise.all(asks);
  });

  it("those that are on their way out are not asked for again: the others stay", async () => {
    await using t = await start([host(Lingering, { maxResident: 3 })]);
    for (const id of ["a", "b", "c", "d", "e"]) await t.system.ref(Lingering, id).ask.ping();
    await t.time.settle();
    expect(t.system.counts()["lingering"]).toBe(5);
    const kept = ["c", "d", "e"].map((id) => watch(t.system.ref(Lingering, id).ask.ping()));
    const left = watch(t.system.ref(Lingering, "a").ask.ping());
    await t.time.settle();
    expect([...kept, left].map(({ state }) => state.split(":")[0])).toEqual(["done", "done", "done", "waiting"]);
    gate.open();
    await t.time.settle();
    expect(left.state).toContain("done");
    expect(t.system.counts()["lingering"]).toBe(3);
  });

  it("room for one more is made without looking at all who are busy", () => {
    let looks = 0;
    const cells = new Map<string, unknown>();
    const hosted = { cells, departing: 0, options: { maxResident: 10 } };
    for (let i = 0; i < 2_000; i++) {
      const state = (): string => (looks++, "starting");
      if (i >= 10) makeRoom(hosted as never);
      cells.set(`${i}`, {
        hosted,
        address: { id: `${i}` },
        get state() {
          return state();
        },
      });
    }
    expect(cells.size).toBe(2_000);
    expect(looks).toBeGreaterThan(2_000);
    expect(looks).toBeLessThanOrEqual(64 * 2_000);
  });
});

it("options of a call that are a list are refused", async () => {
  await using t = await start([Other]);
  const ref = t.system.ref(Other, "o");
  expect(() => ref.with([] as never)).toThrow(new TypeError("with: give it an object of options."));
});

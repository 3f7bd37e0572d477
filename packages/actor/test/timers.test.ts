// In-memory timers of an actor: when they fire, and when they no longer do.
import { Actor, host, type Supervision } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, latch, start } from "./harness.ts";

let fired: string[] = [];
let gate = latch();
beforeEach(() => {
  fired = [];
  gate = latch();
});

class Clocked extends Actor {
  static type = "clocked";
  override onStart(): void {
    if (this.ctx.id === "starts") this.ctx.timers.once("first", 5, () => this.#fire("first"));
  }
  once(name: string, delayMs: number): void {
    this.ctx.timers.once(name, delayMs, () => this.#fire(name));
  }
  every(name: string, periodMs: number): void {
    this.ctx.timers.every(name, periodMs, () => this.#fire(name));
  }
  cancel(name: string): void {
    this.ctx.timers.cancel(name);
  }
  has(name: string): boolean {
    return this.ctx.timers.has(name);
  }
  replace(name: string, delayMs: number, what: string): void {
    this.ctx.timers.once(name, delayMs, () => this.#fire(what));
  }
  failing(): void {
    this.ctx.timers.once("failing", 10, () => {
      throw new Error("timer broke");
    });
  }
  telling(): void {
    this.ctx.timers.once("telling", 10, async () => {
      this.ctx.self(Clocked).tell.note("told by timer");
      await gate.opened;
    });
  }
  async wait(ms = 0): Promise<void> {
    if (ms > 0) this.once("t", ms);
    await gate.opened;
  }
  async waitThenCancel(name: string): Promise<void> {
    await gate.opened;
    this.ctx.timers.cancel(name);
  }
  note(what: string): void {
    fired.push(what);
  }
  crash(): never {
    throw new Error("boom");
  }
  #fire(what: string): void {
    fired.push(`${what} @${this.ctx.now() - startedAt}`);
  }
}

const startedAt = 1_767_225_600_000;
const c = (t: Harness) => t.system.ref(Clocked, "c");
/** At which times a timer fired. */
const times = () => fired.map((line) => Number(line.split("@")[1]));

it("once fires once, as a turn, and is forgotten", async () => {
  await using t = await start([Clocked]);
  await c(t).ask.once("t", 100);
  expect(await c(t).ask.has("t")).toBe(true);
  await t.time.advance(99);
  expect(fired).toEqual([]);
  await t.time.advance(1_000);
  expect(times()).toHaveLength(1);
  expect(await c(t).ask.has("t")).toBe(false);
});

/** How late each of many timers is, set at uneven moments. */
async function lateness(t: Harness): Promise<number[]> {
  const due: number[] = [];
  for (const [i, delayMs] of [0, 1, 3, 9, 10, 11, 25, 100, 999, 5_119, 5_120, 12_345].entries()) {
    await t.time.advance(7);
    await c(t).ask.once(`${i}`, delayMs);
    due.push(7 * (i + 1) + delayMs);
  }
  await t.time.advance(20_000);
  expect(fired).toHaveLength(due.length);
  return fired.map((line) => {
    const [name, at] = line.split(" @") as [string, string];
    return Number(at) - (due[Number(name)] as number);
  });
}

it("timers are never early, and late by less than 20 ms", async () => {
  await using t = await start([Clocked]);
  const late = await lateness(t);
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...late)).toBeLessThan(20);
});

// The wheel turns every 10 ms from the moment of its first entry, not at the borders of its slots (deadlines.ts).
it("timers are late by 10 ms at most", async () => {
  await using t = await start([Clocked]);
  expect(Math.max(...(await lateness(t)))).toBeLessThanOrEqual(10);
});

it("every keeps its rhythm", async () => {
  await using t = await start([Clocked]);
  await c(t).ask.every("t", 95);
  await t.time.advance(1_000);
  expect(times()).toHaveLength(10);
  for (const [i, at] of times().entries()) {
    expect(at).toBeGreaterThanOrEqual(95 * (i + 1));
    expect(at).toBeLessThanOrEqual(95 * (i + 1) + 10);
  }
});

it("firings that an open turn holds up are one, and the rhythm is as before", async () => {
  await using t = await start([Clocked]);
  await c(t).ask.every("t", 100);
  const turn = c(t).with({ timeoutMs: 60_000 }).ask.wait();
  await t.time.advance(1_050);
  expect(fired).toEqual([]);
  gate.open();
  await turn;
  await t.time.settle();
  expect(times()).toEqual([1_050]);
  await t.time.advance(250);
  expect(times()).toEqual([1_050, 1_100, 1_200, 1_300]);
});

it("cancel ends a timer, and a firing that waits for its turn already", async () => {
  await using t = await start([Clocked]);
  await c(t).ask.once("a", 50);
  await c(t).ask.every("b", 50);
  await c(t).ask.cancel("a");
  await c(t).ask.cancel("nobody");
  const turn = c(t).ask.waitThenCancel("b");
  await t.time.advance(100); // b is due, and waits
  gate.open();
  await turn;
  await t.time.advance(1_000);
  expect(fired).toEqual([]);
  expect([await c(t).ask.has("a"), await c(t).ask.has("b")]).toEqual([false, false]);
});

it("a timer of the same name takes the place of the other, of a firing that waits too", async () => {
  await using t = await start([Clocked]);
  await c(t).ask.once("t", 50);
  await c(t).ask.replace("t", 200, "second");
  await t.time.advance(400);
  expect(fired).toEqual(["second @200"]);
});

it("timers go ahead of messages that wait", async () => {
  await using t = await start([Clocked]);
  await c(t).ask.once("t", 50);
  const turn = c(t).ask.wait();
  c(t).tell.note("message 1");
  c(t).tell.note("message 2");
  await t.time.advance(100);
  gate.open();
  await turn;
  await t.time.settle();
  expect(fired).toEqual(["t @100", "message 1", "message 2"]);
});

it("a timer counts from the end of the turn that sets it", async () => {
  await using t = await start([Clocked]);
  const turn = c(t).ask.wait(100);
  await t.time.advance(500);
  gate.open();
  await turn;
  await t.time.advance(99);
  expect(fired).toEqual([]);
  await t.time.advance(11);
  expect(fired).toHaveLength(1);
});

it("a firing is a turn: it may be asynchronous and tell, and messages wait for its end", async () => {
  await using t = await start([Clocked]);
  await c(t).ask.telling();
  await t.time.advance(20);
  c(t).tell.note("meanwhile");
  await t.time.settle();
  expect(fired).toEqual([]);
  gate.open();
  await t.time.settle();
  expect(fired).toEqual(["meanwhile", "told by timer"]);
});

it("onStart may set timers", async () => {
  await using t = await start([Clocked]);
  await t.system.ref(Clocked, "starts").ask.has("x");
  await t.time.advance(20);
  expect(fired).toHaveLength(1);
});

it.each<[string, (t: Harness) => unknown]>([
  [
    "restart",
    (t) =>
      c(t)
        .ask.crash()
        .catch(() => undefined),
  ],
  ["passivation", (t) => t.local.release(() => true)],
  ["end of its system", (t) => t.system.stop()],
])("timers end with the object that set them: %s", async (_, end) => {
  const t = await start([Clocked]);
  await c(t).ask.once("a", 50);
  await c(t).ask.every("b", 50);
  await end(t);
  await t.time.advance(1_000);
  expect([fired, t.time.timers]).toEqual([[], 0]);
  await t[Symbol.asyncDispose]();
});

it("a firing that waits when its object is replaced is dropped", async () => {
  await using t = await start([Clocked]);
  await c(t).ask.once("a", 50);
  const turn = c(t).ask.wait();
  await t.time.advance(100);
  t.local.abandon(() => true);
  gate.open();
  await t.time.advance(100);
  await turn;
  expect(fired).toEqual([]);
});

it.each<[Supervision["onFailure"] & string, number]>([
  ["restart", 1],
  ["resume", 1],
  ["stop", 0],
])("a task that throws is a failure of the actor: %s", async (onFailure, left) => {
  await using t = await start([host(Clocked, { supervision: { onFailure } })]);
  await c(t).ask.failing();
  await t.time.advance(20);
  expect(t.events.filter(({ type }) => type === "actor-failed")).toMatchObject([
    { address: "clocked/c", command: 'timer "failing"', error: Error("timer broke"), directive: onFailure },
  ]);
  expect([t.system.counts()["clocked"], t.system.deadLetters.size]).toEqual([left, 0]);
});

it.each<["once" | "every", number]>([
  ["once", -1],
  ["once", Number.NaN],
  ["once", Infinity],
  ["every", 0],
  ["every", -5],
  ["every", Number.NaN],
])("timers.%s refuses %s milliseconds", async (kind, ms) => {
  await using t = await start([Clocked]);
  await expect(c(t).ask[kind]("t", ms)).rejects.toMatchObject({
    cause: {
      name: "RangeError",
      message: expect.stringContaining(`timers.${kind}: ${ms} is no time to wait`) as string,
    },
  });
});

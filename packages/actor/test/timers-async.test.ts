// Periodic timers whose task takes long: firings are left out, and messages get their turns.
import { Actor, host } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, latch, start, watch } from "./harness.ts";

let fired: number[] = [];
let running = 0;
let pause: (ms: number) => Promise<void> = () => Promise.resolve();
beforeEach(() => {
  fired = [];
  running = 0;
});

const startedAt = 1_767_225_600_000;

class Slow extends Actor {
  static type = "slow";
  every(periodMs: number, tookMs: number): void {
    this.ctx.timers.every("t", periodMs, async () => {
      fired.push(this.ctx.now() - startedAt);
      running++;
      await pause(tookMs);
      running--;
    });
  }
  failing(): void {
    this.ctx.timers.every("t", 10, async () => {
      fired.push(this.ctx.now() - startedAt);
      await pause(15);
      throw new Error("task broke");
    });
  }
  throwing(): void {
    this.ctx.timers.every("t", 10, () => {
      fired.push(this.ctx.now() - startedAt);
      throw new Error("task broke");
    });
  }
  cancelling(): void {
    this.ctx.timers.every("t", 10, async () => {
      fired.push(this.ctx.now() - startedAt);
      await pause(15);
      this.ctx.timers.cancel("t");
    });
  }
  ping(): number {
    return running;
  }
}

async function begin(onFailure: "restart" | "resume" = "restart"): Promise<Harness> {
  const t = await start([host(Slow, { supervision: { onFailure } })]);
  pause = (ms) => {
    const ended = latch();
    t.time.scheduler.after(ms, () => ended.open());
    return ended.opened;
  };
  return t;
}

it.each([15, 10, 20, 25])("a timer of 10 ms whose task takes %s leaves messages their turns", async (tookMs) => {
  await using t = await begin();
  const { ask } = t.system.ref(Slow, "s");
  await ask.every(10, tookMs);
  for (let i = 0; i < 20; i++) {
    const asked = watch(ask.ping());
    await t.time.advance(40);
    expect(asked.state).toBe("done: 0");
  }
});

it("the next firing is in step with the first, after the end of a late one", async () => {
  await using t = await begin();
  await t.system.ref(Slow, "s").ask.every(10, 15);
  await t.time.advance(100);
  expect(fired).toEqual([10, 30, 50, 70, 90]);
});

it("a task in time keeps the rhythm", async () => {
  await using t = await begin();
  await t.system.ref(Slow, "s").ask.every(10, 5);
  await t.time.advance(50);
  expect(fired).toEqual([10, 20, 30, 40, 50]);
});

it("a task that fails goes on where the object does", async () => {
  await using t = await begin("resume");
  await t.system.ref(Slow, "s").ask.failing();
  await t.time.advance(60);
  expect(fired).toEqual([10, 30, 50]);
});

it("so does one that throws", async () => {
  await using t = await begin("resume");
  await t.system.ref(Slow, "s").ask.throwing();
  await t.time.advance(40);
  expect(fired).toEqual([10, 20, 30, 40]);
});

it("a task that cancels its own timer is the last one", async () => {
  await using t = await begin();
  await t.system.ref(Slow, "s").ask.cancelling();
  await t.time.advance(200);
  expect(fired).toEqual([10]);
});

it("a task that runs when its object is replaced fires no more", async () => {
  await using t = await begin();
  await t.system.ref(Slow, "s").ask.every(10, 15);
  await t.time.advance(12);
  t.local.abandon(() => true);
  await t.time.advance(200);
  expect([fired, t.time.timers]).toEqual([[10], 0]);
});

import { createVirtualTime } from "@aether/actor/testing";
import { expect, it } from "vitest";

it("runs timers in order of their due time, then of their making, each at its own moment", async () => {
  const { clock, scheduler, advance } = bind();
  const seen: string[] = [];
  const note = (what: string) => () => seen.push(`${what}@${clock.now()}`);
  scheduler.after(20, note("late"));
  scheduler.after(10, note("first"));
  scheduler.after(10, note("second"));
  scheduler.after(21, note("never"));
  await advance(20);
  expect(seen).toEqual(["first@10", "second@10", "late@20"]);
  expect(clock.now()).toBe(20);
});

it("runs what a timer leads to before the next timer, promises and yields included", async () => {
  const { clock, scheduler, advance } = bind();
  const seen: string[] = [];
  scheduler.after(5, () => {
    void Promise.resolve().then(() =>
      scheduler.yield(() => scheduler.after(1, () => seen.push(`chained@${clock.now()}`))),
    );
  });
  scheduler.after(7, () => seen.push("last"));
  await advance(10);
  expect(seen).toEqual(["chained@6", "last"]);
});

it("repeats a period until it is cancelled, and runs no cancelled timer", async () => {
  const time = bind();
  const seen: number[] = [];
  const stop = time.scheduler.every(10, () => seen.push(time.clock.now()));
  const cancel = time.scheduler.after(15, () => seen.push(-1));
  cancel();
  await time.advance(35);
  stop();
  await time.advance(100);
  expect(seen).toEqual([10, 20, 30]);
  expect(time.time.timers).toBe(0);
});

it("stands still between two advances and never runs backwards", async () => {
  const { clock, scheduler, advance, time } = bind();
  let ran = false;
  scheduler.after(0, () => (ran = true));
  await time.settle();
  expect([ran, clock.now()]).toEqual([false, 0]);
  await advance(0);
  expect(ran).toBe(true);
  await expect(advance(-1)).rejects.toThrow(RangeError);
  expect(createVirtualTime({ startsAt: 7 }).clock.wall()).toBe(7);
});

it("refuses two advances at once", async () => {
  const { advance } = bind();
  const first = advance(1);
  await expect(advance(1)).rejects.toThrow("already");
  await first;
});

function bind() {
  const time = createVirtualTime();
  return { time, clock: time.clock, scheduler: time.scheduler, advance: (ms: number) => time.advance(ms) };
}

it("goes on after a timer that threw", async () => {
  const { scheduler, advance } = bind();
  let ran = false;
  scheduler.after(1, () => {
    throw new Error("bad timer");
  });
  scheduler.after(2, () => (ran = true));
  await expect(advance(5)).rejects.toThrow("bad timer");
  await advance(5);
  expect(ran).toBe(true);
});

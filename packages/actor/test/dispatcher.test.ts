import { Actor, type Cancel, createSystem, type Scheduler, systemScheduler } from "@aether/actor";
import { expect, it } from "vitest";
import { Dispatcher, type Runnable } from "../src/dispatcher.ts";

/** A loop that runs by hand: microtasks before yields; each message costs one virtual millisecond. */
function handmade() {
  const microtasks: (() => void)[] = [];
  const yields: (() => void)[] = [];
  let now = 0;
  const none = (): Cancel => () => undefined;
  const scheduler: Scheduler = {
    microtask: (task) => void microtasks.push(task),
    yield: (task) => void yields.push(task),
    after: none,
    every: none,
  };
  const clock = { now: () => now, wall: () => now };
  return {
    dispatcher: new Dispatcher(clock, scheduler),
    isBusy: () => microtasks.length + yields.length > 0,
    work: (ms: number) => void (now += ms),
    now: () => now,
    promise: (task: () => void) => void microtasks.push(task),
    /** Everything up to the next moment at which timers and I/O would run; answers how long that took. */
    turnOfTheLoop: (): number => {
      const began = now;
      for (const task of yields.splice(0)) {
        task();
        for (let next = microtasks.shift(); next !== undefined; next = microtasks.shift()) next();
      }
      for (let next = microtasks.shift(); next !== undefined; next = microtasks.shift()) next();
      return now - began;
    },
  };
}

it("gives a hot actor and its neighbour their passes in turn", () => {
  const { dispatcher, work, turnOfTheLoop } = handmade();
  const seen: string[] = [];
  const actor = (name: string, messages: number): Runnable => ({
    run(budget) {
      const n = Math.min(budget, messages);
      messages -= n;
      seen.push(`${name} ${n}`);
      work(0);
      return messages > 0;
    },
  });
  dispatcher.schedule(actor("hot", 1_000));
  dispatcher.schedule(actor("quiet", 1));
  turnOfTheLoop();
  expect(seen).toEqual(["hot 300", "quiet 1", "hot 300", "hot 300", "hot 100"]);
});

it("lets timers and I/O in between the passes of one hot actor with slow handlers", () => {
  const { dispatcher, work, turnOfTheLoop, isBusy } = handmade();
  let left = 3_000;
  const hot: Runnable = {
    run(budget) {
      const n = Math.min(budget, left);
      left -= n;
      work(n);
      return left > 0;
    },
  };
  dispatcher.schedule(hot);
  const turns: number[] = [];
  do turns.push(turnOfTheLoop());
  while (isBusy());
  expect(Math.max(...turns)).toBeLessThanOrEqual(300);
});

it("lets timers and I/O in between actors that wake each other by promises without end", () => {
  const { dispatcher, work, turnOfTheLoop, promise, isBusy } = handmade();
  let left = 10_000;
  const ping: Runnable = {
    run() {
      work(1);
      if (left-- > 0) promise(() => dispatcher.schedule(ping));
      return false;
    },
  };
  dispatcher.schedule(ping);
  const turns: number[] = [];
  do turns.push(turnOfTheLoop());
  while (isBusy());
  expect(Math.max(...turns)).toBeLessThanOrEqual(20);
});

it("keeps running the others when one throws", () => {
  const { dispatcher, turnOfTheLoop } = handmade();
  let ran = false;
  dispatcher.schedule({
    run() {
      throw new Error("bug of the kernel");
    },
  });
  dispatcher.schedule({ run: () => !(ran = true) });
  expect(turnOfTheLoop).toThrow("bug of the kernel");
  turnOfTheLoop();
  expect(ran).toBe(true);
  expect(dispatcher.current).toBeUndefined();
});

class Chatty extends Actor {
  static type = "chatty";
  static left = 0;
  async ping(): Promise<void> {
    await Promise.resolve();
    if (Chatty.left-- > 0) this.ctx.ref(Chatty, this.ctx.id === "a" ? "b" : "a").tell.ping();
  }
}

it("two async actors that never stop talking leave room for I/O", async () => {
  await using system = await createSystem({ name: "t", actors: [Chatty], log: false });
  Chatty.left = 2_000_000;
  const seen = new Promise<number>((resolve) => systemScheduler.after(5, () => resolve(Chatty.left)));
  system.ref(Chatty, "a").tell.ping();
  const left = await seen;
  Chatty.left = 0;
  expect(left).toBeGreaterThan(0);
});

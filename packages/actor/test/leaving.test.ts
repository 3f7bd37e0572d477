import { Actor } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { latch, start, watch } from "./harness.ts";

let gate = latch();
let ran: string[] = [];
beforeEach(() => {
  gate = latch();
  ran = [];
});

class Guest extends Actor {
  static type = "guest";
  #seen: number[] = [];
  async wait(): Promise<void> {
    await gate.opened;
  }
  note(n: number): number[] {
    ran.push(`${this.ctx.id}:${n}`);
    this.#seen.push(n);
    return this.#seen;
  }
  async waitThenAsk(id: string): Promise<number[]> {
    await gate.opened;
    return this.ctx.ref(Guest, id).ask.note(7);
  }
}

it("a released actor finishes its turn, leaves, and hands what waits to the next incarnation, in order", async () => {
  await using t = await start([Guest]);
  const { ask, tell } = t.system.ref(Guest, "a");
  await ask.note(0);
  const turn = watch(ask.wait());
  for (const n of [1, 2, 3]) tell.note(n);
  await t.time.settle();
  let gone = false;
  const released = t.local.release(() => true).then(() => (gone = true));
  tell.note(4);
  await t.time.settle();
  expect([gone, ran]).toEqual([false, ["a:0"]]);
  gate.open();
  await released;
  expect(turn.state).toBe("done: undefined");
  expect(await ask.note(5)).toEqual([1, 2, 3, 4, 5]);
  expect(t.events.filter((e) => e.type === "actor-passivated")).toMatchObject([{ address: "guest/a" }]);
});

it("release takes the matching actors alone", async () => {
  await using t = await start([Guest]);
  for (const id of ["a", "b"]) await t.system.ref(Guest, id).ask.note(1);
  await t.local.release((address) => address.id === "a");
  expect(t.system.counts()).toEqual({ guest: 1 });
  expect(await t.system.ref(Guest, "b").ask.note(2)).toEqual([1, 2]);
  expect(await t.system.ref(Guest, "a").ask.note(2)).toEqual([2]);
});

it("releasing twice settles both times", async () => {
  await using t = await start([Guest]);
  const turn = t.system.ref(Guest, "a").ask.wait();
  await t.time.settle();
  const both = Promise.all([t.local.release(() => true), t.local.release(() => true)]);
  gate.open();
  await both;
  await turn;
  expect(t.system.counts()).toEqual({ guest: 0 });
});

it("an abandoned actor is gone at once, and what it was asked is asked again", async () => {
  await using t = await start([Guest]);
  const { ask } = t.system.ref(Guest, "a");
  await ask.note(0);
  const turn = watch(ask.wait());
  const waiting = ask.note(1);
  await t.time.settle();
  t.local.abandon(() => true);
  expect(t.system.counts()).toEqual({ guest: 0 });
  gate.open();
  await t.time.advance(50);
  expect(turn.state).toBe("done: undefined");
  expect(await waiting).toEqual([1]);
});

it("stop refuses new work", async () => {
  const t = await start([Guest]);
  const { ask, tell } = t.system.ref(Guest, "a");
  await t.system.stop();
  await expect(ask.note(1)).rejects.toMatchObject({ code: "ACTOR_SYSTEM_STOPPED", data: { system: "t" } });
  expect(() => tell.note(1)).toThrow(expect.objectContaining({ code: "ACTOR_SYSTEM_STOPPED" }));
});

it("stop lets the open turn finish, handles what waits, in order, and leaves nobody behind", async () => {
  const t = await start([Guest]);
  const { ask, tell } = t.system.ref(Guest, "a");
  const turn = watch(ask.wait());
  const waiting = watch(ask.note(1));
  tell.note(2);
  await t.time.settle();
  const stopped = t.system.stop();
  await t.time.settle();
  gate.open();
  await stopped;
  await t.time.settle();
  expect([turn.state, waiting.state]).toEqual(["done: undefined", "done: [1,2]"]);
  expect([ran, t.system.counts(), t.time.timers]).toEqual([["a:1", "a:2"], { guest: 0 }, 0]);
  expect(t.events.filter((e) => e.type === "dead-letter")).toEqual([]);
});

it("a turn that stop lets finish may still ask others, who have not left by then", async () => {
  const t = await start([Guest]);
  await t.system.ref(Guest, "b").ask.note(1);
  const turn = t.system.ref(Guest, "a").ask.waitThenAsk("b");
  await t.time.settle();
  const stopped = t.system.stop();
  await t.time.settle();
  gate.open();
  await stopped;
  expect(await turn).toEqual([1, 7]);
  expect(t.system.counts()).toEqual({ guest: 0 });
});

it("once half of the time is over, a turn that does not end holds up nobody else, and who waits for it is told", async () => {
  const t = await start([Guest]);
  const waiting = watch(t.system.ref(Guest, "a").with({ timeoutMs: 60_000 }).ask.waitThenAsk("b"));
  const behind = watch(t.system.ref(Guest, "a").with({ timeoutMs: 60_000 }).ask.note(1));
  await t.system.ref(Guest, "b").ask.note(1);
  await t.time.settle();
  const stopped = t.system.stop();
  await t.time.advance(4_999);
  expect(t.system.counts()).toEqual({ guest: 2 });
  await t.time.advance(1);
  expect(t.system.counts()).toEqual({ guest: 1 });
  gate.open();
  await stopped;
  await t.time.settle();
  expect([waiting.state, behind.state]).toEqual(["done: [7]", "failed: ACTOR_SYSTEM_STOPPED"]);
});

it("stop gives up after ten seconds on a turn that never ends; nothing of it is left or runs again", async () => {
  const t = await start([Guest]);
  const call = t.system.ref(Guest, "a");
  const turn = watch(call.with({ timeoutMs: 60_000 }).ask.wait());
  call.tell.note(1);
  await t.time.settle();
  let isStopped = false;
  void t.system.stop().then(() => (isStopped = true));
  await t.time.advance(9_999);
  expect(isStopped).toBe(false);
  await t.time.advance(1);
  expect(isStopped).toBe(true);
  gate.open();
  await t.time.advance(60_000);
  expect(turn.state).toBe("failed: ACTOR_SYSTEM_STOPPED");
  expect([ran, t.system.counts()]).toEqual([[], { guest: 0 }]);
});

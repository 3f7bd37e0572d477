// What becomes of an actor whose handler threw, and of the message that did it.
import { Actor, host, Rejection, type Supervision } from "@aether/actor";
import { createSeededRandom } from "@aether/actor/testing";
import { beforeEach, expect, it } from "vitest";
import { type Harness, latch, start, watch } from "./harness.ts";

let born = 0;
let gate = latch();
/** How often `flaky` is to fail. */
let failures = 0;
/** What `flaky` was called with, and by which object. */
let tried: string[] = [];
beforeEach(() => {
  born = 0;
  gate = latch();
  failures = 0;
  tried = [];
});

class Worker extends Actor {
  static type = "worker";
  readonly #number = ++born;
  #seen: string[] = [];
  note(what: string): string[] {
    this.#seen.push(what);
    return [`object ${this.#number}`, ...this.#seen];
  }
  crash(why = "boom"): never {
    throw new Error(why);
  }
  async crashLater(): Promise<never> {
    await gate.opened;
    throw new Error("boom later");
  }
  refuse(): never {
    throw new Rejection("no");
  }
  flaky(what: string): string {
    tried.push(`${what} by object ${this.#number}, ${this.ctx.message.commandId ?? "no id"}`);
    if (failures-- > 0) throw new Error(`${what} failed`);
    this.#seen.push(what);
    return `${what} done`;
  }
}

const supervised = (supervision: Supervision, options?: Parameters<typeof start>[1]): Promise<Harness> =>
  start([host(Worker, { supervision })], options);

const a = (t: Harness) => t.system.ref(Worker, "a");

const failuresOf = (t: Harness) =>
  t.events.flatMap((event) => (event.type === "actor-failed" ? [[event.directive, event.delayMs]] : []));

it("restart: a fresh object, the mailbox kept in order", async () => {
  await using t = await supervised({ onFailure: "restart" });
  const crashed = watch(a(t).ask.crashLater());
  a(t).tell.note("1");
  const last = a(t).ask.note("2");
  await t.time.settle();
  gate.open();
  expect(await last).toEqual(["object 2", "1", "2"]);
  expect(crashed.state).toBe("failed: ACTOR_FAILED");
  expect(failuresOf(t)).toEqual([["restart", 0]]);
});

it("resume: the same object goes on, and the caller gets the error", async () => {
  await using t = await supervised({ onFailure: "resume", maxRestarts: 0 });
  await a(t).ask.note("kept");
  await expect(a(t).ask.crash()).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  gate.open();
  await expect(a(t).ask.crashLater()).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  expect(await a(t).ask.note("on")).toEqual(["object 1", "kept", "on"]);
});

it("stop: waiting asks get ACTOR_STOPPED, waiting tells are dead letters, the next message brings the actor back", async () => {
  await using t = await supervised({ onFailure: "stop" });
  const crashed = watch(a(t).ask.crashLater());
  a(t).tell.note("told");
  const asked = a(t).ask.note("asked");
  const waiting = watch(asked);
  await t.time.settle();
  gate.open();
  await t.time.settle();
  expect([crashed.state, waiting.state]).toEqual(["failed: ACTOR_FAILED", "failed: ACTOR_STOPPED"]);
  await expect(asked).rejects.toMatchObject({
    data: { address: "worker/a", why: "it failed" },
    cause: Error("boom later"),
  });
  expect(t.system.deadLetters.list()).toMatchObject([{ command: "crashLater" }, { command: "note", args: ["told"] }]);
  expect(t.events.filter((event) => event.type === "actor-stopped")).toMatchObject([{ address: "worker/a" }]);
  expect(t.system.counts()).toEqual({ worker: 0 });
  expect(await a(t).ask.note("new")).toEqual(["object 2", "new"]);
});

it("escalate at the top: an actor-escalated event, the actor stops, its next message brings it back", async () => {
  await using t = await supervised({ onFailure: "escalate" });
  await expect(a(t).ask.crash()).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  expect(t.events.filter((event) => event.type === "actor-escalated")).toMatchObject([
    { address: "worker/a", error: Error("boom") },
  ]);
  expect(t.system.counts()).toEqual({ worker: 0 });
  expect(await a(t).ask.note("new")).toEqual(["object 2", "new"]);
});

it("onFailure may choose for each error; a choice that throws or makes no sense is a restart", async () => {
  const choices: Record<string, () => unknown> = {
    resume: () => "resume",
    nonsense: () => "explode",
    nothing: () => undefined,
    throws: () => {
      throw new Error("undecided");
    },
  };
  const onFailure = (error: unknown): "restart" => choices[(error as Error).message]?.() as "restart";
  await using t = await supervised({ onFailure });
  for (const why of Object.keys(choices))
    await a(t)
      .ask.crash(why)
      .catch(() => undefined);
  expect(failuresOf(t).map(([directive]) => directive)).toEqual(["resume", "restart", "restart", "restart"]);
  expect(await a(t).ask.note("x")).toEqual(["object 4", "x"]);
});

it("more than maxRestarts within withinMs escalate; the window slides", async () => {
  await using t = await supervised({ maxRestarts: 2, withinMs: 1_000 });
  const crash = (): Promise<unknown> =>
    a(t)
      .ask.crash()
      .catch(() => undefined);
  const escalated = (): number => t.events.filter((event) => event.type === "actor-escalated").length;
  await crash();
  await t.time.advance(600);
  await crash();
  await t.time.advance(400); // the first is a second old: forgotten
  await crash();
  expect(escalated()).toBe(0);
  await t.time.advance(599); // the second is not
  await crash();
  expect(escalated()).toBe(1);
  expect(failuresOf(t).map(([directive]) => directive)).toEqual(["restart", "restart", "restart", "escalate"]);
  await crash(); // one that came back starts to count anew
  await crash();
  expect(escalated()).toBe(1);
});

it("maxRestarts 0: every failure escalates", async () => {
  await using t = await supervised({ maxRestarts: 0 });
  await a(t)
    .ask.crash()
    .catch(() => undefined);
  expect(t.events.filter((event) => event.type === "actor-escalated")).toHaveLength(1);
});

it("without jitter the backoff doubles from minBackoffMs to maxBackoffMs; what is sent meanwhile waits, in order", async () => {
  await using t = await supervised({ minBackoffMs: 100, maxBackoffMs: 350, jitter: 0 });
  for (const waitMs of [100, 200, 350, 350]) {
    await a(t)
      .ask.crash()
      .catch(() => undefined);
    a(t).tell.note("1");
    const waiting = watch(a(t).ask.note("2"));
    await t.time.advance(waitMs - 1);
    expect(waiting.state).toBe("waiting");
    await t.time.advance(1);
    expect(waiting.state).toMatch(/^done: \["object \d","1","2"\]$/);
  }
  expect(failuresOf(t).map(([, delayMs]) => delayMs)).toEqual([100, 200, 350, 350]);
});

it("jitter keeps to its bounds, and spreads", async () => {
  await using t = await supervised(
    { minBackoffMs: 100, maxBackoffMs: 100, jitter: 0.5, maxRestarts: 100 },
    { options: { random: createSeededRandom(7) } },
  );
  for (let i = 0; i < 20; i++) {
    await a(t)
      .ask.crash()
      .catch(() => undefined);
    await t.time.advance(151);
  }
  const waits = failuresOf(t).map(([, delayMs]) => delayMs as number);
  expect(waits).toHaveLength(20);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...waits)).toBeLessThanOrEqual(150);
  expect(Math.min(...waits)).toBeLessThan(70);
  expect(Math.max(...waits)).toBeGreaterThan(130);
});

it("leaving cuts a backoff short; what waited reaches the next incarnation", async () => {
  await using t = await supervised({ minBackoffMs: 3_000, jitter: 0 });
  await a(t)
    .ask.crash()
    .catch(() => undefined);
  a(t).tell.note("1");
  await t.time.settle();
  const last = watch(a(t).ask.note("2"));
  await t.local.release(() => true);
  await t.time.settle();
  expect(last.state).toBe('done: ["object 2","1","2"]');
});

it("system.stop cuts a backoff short; whoever waits is told", async () => {
  const t = await supervised({ minBackoffMs: 3_000, jitter: 0 });
  await a(t)
    .ask.crash()
    .catch(() => undefined);
  const waiting = watch(a(t).ask.note("asked"));
  a(t).tell.note("told");
  await t.system.stop();
  await t.time.settle();
  expect(waiting.state).toBe("failed: ACTOR_SYSTEM_STOPPED");
  expect(t.system.deadLetters.list()).toMatchObject([{ command: "crash" }, { command: "note", args: ["told"] }]);
  expect(t.time.timers).toBe(0);
});

it("a Rejection disturbs nothing: no supervision, no count, no retry", async () => {
  await using t = await supervised({ onFailure: "escalate", maxRestarts: 0, retries: 5 });
  await a(t).ask.note("kept");
  for (let i = 0; i < 3; i++) await expect(a(t).ask.refuse()).rejects.toMatchObject({ code: "no" });
  expect(await a(t).ask.note("on")).toEqual(["object 1", "kept", "on"]);
  expect(t.events.filter(({ type }) => type === "actor-failed" || type === "dead-letter")).toEqual([]);
});

it("a message is tried again after the restart, before what waits behind it and with its id; its caller is answered once", async () => {
  failures = 2;
  await using t = await supervised({ retries: 2 });
  const first = a(t).with({ commandId: "c1" }).ask.flaky("first");
  const second = a(t).ask.flaky("second");
  expect(await Promise.all([first, second])).toEqual(["first done", "second done"]);
  expect(tried).toEqual([
    "first by object 1, c1",
    "first by object 2, c1",
    "first by object 3, c1",
    "second by object 3, no id",
  ]);
  expect(t.system.deadLetters.size).toBe(0);
  expect(failuresOf(t)).toHaveLength(2);
});

it("after its retries an ask is answered with the error and parked with its cause, and the actor goes on", async () => {
  failures = 3;
  await using t = await supervised({ retries: 2 });
  await expect(a(t).ask.flaky("poison")).rejects.toMatchObject({ code: "ACTOR_FAILED", cause: Error("poison failed") });
  expect(tried).toHaveLength(3);
  expect(t.system.deadLetters.list()).toMatchObject([
    { command: "flaky", args: ["poison"], cause: Error("poison failed") },
  ]);
  expect(await a(t).ask.note("on")).toEqual(["object 4", "on"]);
});

it("a tell is tried again too, and parked after its retries", async () => {
  failures = 2;
  await using t = await supervised({ retries: 1 });
  a(t).tell.flaky("poison");
  a(t).tell.flaky("next");
  await t.time.settle();
  expect(tried.map((text) => text.split(",")[0])).toEqual([
    "poison by object 1",
    "poison by object 2",
    "next by object 3",
  ]);
  expect(t.system.deadLetters.list()).toMatchObject([{ args: ["poison"], cause: Error("poison failed") }]);
});

it("each message has its own retries", async () => {
  await using t = await supervised({ retries: 1 });
  for (const what of ["one", "two", "three"]) {
    failures = 1;
    expect(await a(t).ask.flaky(what)).toBe(`${what} done`);
  }
});

it("a resumed actor tries again with the same object", async () => {
  failures = 1;
  await using t = await supervised({ onFailure: "resume", retries: 1 });
  expect(await a(t).ask.flaky("again")).toBe("again done");
  expect(tried).toEqual(["again by object 1, no id", "again by object 1, no id"]);
});

it("what stops or escalates is not tried again", async () => {
  failures = 1;
  await using t = await supervised({ onFailure: "stop", retries: 3 });
  await expect(a(t).ask.flaky("once")).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  expect(tried).toHaveLength(1);
  expect(t.system.deadLetters.size).toBe(1);
});

it("an ask whose deadline passes during the backoff is not run again", async () => {
  failures = 1;
  await using t = await supervised({ retries: 5, minBackoffMs: 1_000, jitter: 0 });
  const asked = watch(a(t).with({ timeoutMs: 500 }).ask.flaky("late"));
  await t.time.advance(2_000);
  expect(asked.state).toBe("failed: ACTOR_ASK_TIMEOUT");
  expect(tried).toHaveLength(1);
  expect(await a(t).ask.note("on")).toEqual(["object 2", "on"]);
});

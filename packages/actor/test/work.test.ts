// Work outside: `ctx.run` starts what the mailbox does not wait for, and its result comes back as a turn.
import { Actor, host, type Supervision } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, latch, start, watch } from "./harness.ts";

let log: string[] = [];
let gate = latch<string>();
let turnGate = latch();
let signals: AbortSignal[] = [];
beforeEach(() => {
  log = [];
  gate = latch();
  turnGate = latch();
  signals = [];
});

class Runner extends Actor {
  static type = "runner";
  #results: string[] = [];
  run(): void {
    this.ctx.run(
      async (signal) => {
        signals.push(signal);
        log.push("work begins");
        return gate.opened;
      },
      (result) => {
        log.push(`result ${result}`);
        this.#results.push(result);
        this.ctx.self(Runner).tell.note("told by result");
      },
    );
    log.push("turn ends");
  }
  runSync(): void {
    this.ctx.run(
      () => 5,
      (n) => log.push(`result ${n}`),
    );
  }
  async runThenWait(): Promise<void> {
    this.ctx.run(() => log.push("work begins"));
    await turnGate.opened;
    log.push("turn ends");
  }
  fail(how: "sync" | "async", isCaught: boolean): void {
    const work = how === "sync" ? () => this.#broken() : async () => this.#broken();
    if (isCaught) this.ctx.run(work, undefined, (error) => log.push(`failed: ${(error as Error).message}`));
    else this.ctx.run(work, () => log.push("never"));
  }
  failInResult(): void {
    this.ctx.run(
      () => 1,
      () => this.#broken(),
    );
  }
  sneak(): void {
    this.ctx.run(() => this.ctx.self(Runner).tell.note("sent outside"));
  }
  outsideAsk(): void {
    this.ctx.run(
      () => outside?.(),
      (answer) => log.push(`answer ${String(answer)}`),
    );
  }
  note(what: string): void {
    log.push(what);
  }
  async wait(): Promise<void> {
    await turnGate.opened;
  }
  results(): string[] {
    return this.#results;
  }
  crash(): never {
    throw new Error("boom");
  }
  #broken(): never {
    throw new Error("work broke");
  }
}
let outside: (() => unknown) | undefined;

const r = (t: Harness) => t.system.ref(Runner, "r");
const only = (t: Harness, type: string) => t.events.filter((event) => event.type === type);

it("work starts behind its turn, leaves the mailbox open, and gives its result as a turn", async () => {
  await using t = await start([Runner]);
  await r(t).ask.run();
  await t.time.settle();
  await r(t).ask.note("meanwhile");
  gate.open("x");
  await t.time.settle();
  expect(log).toEqual(["turn ends", "work begins", "meanwhile", "result x", "told by result"]);
  expect(await r(t).ask.results()).toEqual(["x"]);
});

it("work waits for the end of a long turn", async () => {
  await using t = await start([Runner]);
  const turn = r(t).ask.runThenWait();
  await t.time.settle();
  expect(log).toEqual([]);
  turnGate.open();
  await turn;
  await t.time.settle();
  expect(log).toEqual(["turn ends", "work begins"]);
});

it("work waits until its turn may speak", async () => {
  await using t = await start([Runner], { hasPermit: true });
  t.permit(false);
  const asked = watch(r(t).ask.runThenWait());
  turnGate.open();
  await t.time.settle();
  expect([log, asked.state]).toEqual([["turn ends"], "waiting"]);
  t.permit(true);
  t.local.reopenGates();
  await t.time.settle();
  expect(log).toEqual(["turn ends", "work begins"]);
});

it("a result goes ahead of messages that wait, and waits for the open turn", async () => {
  await using t = await start([Runner]);
  await r(t).ask.run();
  const turn = r(t).ask.wait();
  r(t).tell.note("message");
  gate.open("x");
  await t.time.settle();
  expect(log.slice(2)).toEqual([]);
  turnGate.open();
  await turn;
  await t.time.settle();
  expect(log.slice(2)).toEqual(["result x", "message", "told by result"]);
});

it("work may be synchronous", async () => {
  await using t = await start([Runner]);
  await r(t).ask.runSync();
  await t.time.settle();
  expect(log).toEqual(["result 5"]);
});

it.each(["sync", "async"] as const)(
  "work that fails (%s) is a turn of onFailed, or a work-failed event",
  async (how) => {
    await using t = await start([Runner]);
    await r(t).ask.fail(how, true);
    await t.time.settle();
    expect([log, only(t, "work-failed")]).toEqual([["failed: work broke"], []]);
    await r(t).ask.fail(how, false);
    await t.time.settle();
    expect(log).toEqual(["failed: work broke"]);
    expect(only(t, "work-failed")).toMatchObject([{ address: "runner/r", error: Error("work broke") }]);
    expect(only(t, "actor-failed")).toEqual([]);
  },
);

it("a result whose turn throws is a failure of the actor", async () => {
  await using t = await start([Runner]);
  await r(t).ask.failInResult();
  await t.time.settle();
  expect(only(t, "actor-failed")).toMatchObject([{ command: "result of run", error: Error("work broke") }]);
  expect(only(t, "work-failed")).toEqual([]);
});

it("work is no turn: it cannot send for the actor, and may use refs of the world outside", async () => {
  await using t = await start([Runner]);
  await r(t).ask.sneak();
  await t.time.settle();
  expect(only(t, "work-failed")).toMatchObject([{ error: { name: "TypeError" } }]);
  outside = () => t.system.ref(Runner, "other").ask.results();
  await r(t).ask.outsideAsk();
  await t.time.settle();
  expect(log).toEqual(["answer "]);
});

it.each<[string, (t: Harness) => unknown]>([
  [
    "restart",
    (t) =>
      r(t)
        .ask.crash()
        .catch(() => undefined),
  ],
  ["passivation", (t) => t.local.release(() => true)],
  ["being given up", (t) => t.local.abandon(() => true)],
])("%s aborts the signal, and drops the result", async (_, end) => {
  await using t = await start([Runner]);
  await r(t).ask.run();
  await t.time.settle();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  await end(t);
  expect(await r(t).ask.results()).toEqual([]);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  gate.open("late");
  await t.time.settle();
  expect(log).toEqual(["turn ends", "work begins"]);
  expect(await r(t).ask.results()).toEqual([]);
});

it("work of a turn that is thrown away does not begin", async () => {
  class Careless extends Actor {
    static type = "careless";
    runThenThrow(): never {
      this.ctx.run(() => log.push("work begins"));
      throw new Error("boom");
    }
  }
  const supervision: Supervision = { onFailure: "resume" };
  await using t = await start([host(Careless, { supervision })]);
  await t.system
    .ref(Careless, "c")
    .ask.runThenThrow()
    .catch(() => undefined);
  await t.time.settle();
  expect(log).toEqual([]);
});

it("one that has work outside is not idle", async () => {
  await using t = await start([host(Runner, { idleMs: 1_000 })]);
  await r(t).ask.run();
  await t.time.advance(10_000);
  expect(t.system.counts()).toEqual({ runner: 1 });
  gate.open("x");
  await t.time.advance(1_250);
  expect(t.system.counts()).toEqual({ runner: 0 });
  expect(log).toContain("result x");
});

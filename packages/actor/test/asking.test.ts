import { getEventListeners } from "node:events";
import { Actor } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { latch, start, watch } from "./harness.ts";

let gate = latch();
let ran: string[] = [];
beforeEach(() => {
  gate = latch();
  ran = [];
});

class Worker extends Actor {
  static type = "worker";
  async wait(): Promise<string> {
    await gate.opened;
    return "waited";
  }
  work(what: string): string {
    ran.push(what);
    return what;
  }
  async askWorker(id: string, timeoutMs: number): Promise<string> {
    return this.ctx.ref(Worker, id).with({ timeoutMs }).ask.wait();
  }
  async chain(ids: string[]): Promise<string> {
    const [next, ...rest] = ids;
    return next === undefined ? "end" : this.ctx.ref(Worker, next).ask.chain(rest);
  }
  async tellBack(ids: string[]): Promise<void> {
    for (const id of ids) this.ctx.ref(Worker, id).tell.work(`told ${id}`);
  }
  look(): object {
    const { sender, commandId, headers, remainingMs } = this.ctx.message;
    return { sender: sender?.toString(), commandId, headers, remainingMs };
  }
  async relayLook(id: string): Promise<object> {
    return this.ctx.ref(Worker, id).ask.look();
  }
}

it("an ask that gets no answer ends with AskTimeout at its deadline, not before", async () => {
  await using t = await start([Worker]);
  const asked = watch(t.system.ref(Worker, "a").with({ timeoutMs: 100 }).ask.wait());
  await t.time.advance(99);
  expect(asked.state).toBe("waiting");
  await t.time.advance(20);
  expect(asked.state).toBe("failed: ACTOR_ASK_TIMEOUT");
  gate.open();
});

it.each([1, 105, 5_119, 5_121, 9_999])(
  "a deadline of %i ms is kept to within two slots of the wheel",
  async (timeoutMs) => {
    await using t = await start([Worker]);
    await t.time.advance(3);
    const asked = watch(t.system.ref(Worker, "a").with({ timeoutMs }).ask.wait());
    await t.time.advance(timeoutMs - 1);
    expect(asked.state).toBe("waiting");
    await t.time.advance(21);
    expect(asked.state).toBe("failed: ACTOR_ASK_TIMEOUT");
    gate.open();
  },
);

it("an ask without a timeout of its own waits five seconds", async () => {
  await using t = await start([Worker]);
  const promise = t.system.ref(Worker, "a").ask.wait();
  const asked = watch(promise);
  await t.time.advance(4_999);
  expect(asked.state).toBe("waiting");
  await t.time.advance(20);
  await expect(promise).rejects.toMatchObject({
    code: "ACTOR_ASK_TIMEOUT",
    data: { address: "worker/a", command: "wait", timeoutMs: 5_000 },
  });
  gate.open();
});

it("deadlines further away than the wheel is long are kept", async () => {
  await using t = await start([Worker]);
  const asked = watch(t.system.ref(Worker, "a").with({ timeoutMs: 60_000 }).ask.wait());
  await t.time.advance(59_999);
  expect(asked.state).toBe("waiting");
  await t.time.advance(20);
  expect(asked.state).toBe("failed: ACTOR_ASK_TIMEOUT");
  gate.open();
});

it("what expired in the mailbox never runs", async () => {
  await using t = await start([Worker]);
  const ref = t.system.ref(Worker, "a");
  const busy = ref.with({ timeoutMs: 1_000 }).ask.wait();
  const expired = watch(ref.with({ timeoutMs: 50 }).ask.work("too late"));
  const inTime = ref.with({ timeoutMs: 1_000 }).ask.work("in time");
  await t.time.advance(100);
  gate.open();
  await Promise.all([busy, inTime]);
  expect(expired.state).toBe("failed: ACTOR_ASK_TIMEOUT");
  expect(ran).toEqual(["in time"]);
});

it("a deadline that has passed before the timer looked ends the ask with CommandExpired, and nothing runs", async () => {
  await using t = await start([Worker]);
  const ref = t.system.ref(Worker, "a");
  const busy = ref.ask.wait();
  await t.time.advance(10);
  const expired = ref.with({ timeoutMs: 5 }).ask.work("too late");
  await t.time.advance(5);
  gate.open();
  await busy;
  await expect(expired).rejects.toMatchObject({ code: "ACTOR_EXPIRED", data: { command: "work" } });
  expect(ran).toEqual([]);
});

it("a nested ask cannot outlive the command that makes it", async () => {
  await using t = await start([Worker]);
  const outer = t.system.ref(Worker, "a").with({ timeoutMs: 100 }).ask.askWorker("b", 60_000);
  const seen = watch(outer);
  await t.time.advance(120);
  expect(seen.state).toBe("failed: ACTOR_ASK_TIMEOUT");
  expect(t.time.timers).toBe(0);
  gate.open();
});

it("an abort ends the waiting with its reason and drops a command that has not begun", async () => {
  await using t = await start([Worker]);
  const ref = t.system.ref(Worker, "a");
  const busy = ref.ask.wait();
  const controller = new AbortController();
  const dropped = ref.with({ signal: controller.signal }).ask.work("dropped");
  const kept = ref.ask.work("kept");
  await t.time.settle();
  controller.abort(new Error("changed my mind"));
  await expect(dropped).rejects.toThrow("changed my mind");
  gate.open();
  await Promise.all([busy, kept]);
  expect(ran).toEqual(["kept"]);
});

it("an abort after the command has begun ends the waiting alone", async () => {
  await using t = await start([Worker]);
  const ref = t.system.ref(Worker, "a");
  const controller = new AbortController();
  const begun = ref.with({ signal: controller.signal }).ask.wait();
  await t.time.settle();
  controller.abort(new Error("enough"));
  await expect(begun).rejects.toThrow("enough");
  gate.open();
  expect(await ref.ask.work("next")).toBe("next");
});

it("a signal that is aborted already sends nothing", async () => {
  await using t = await start([Worker]);
  const call = t.system.ref(Worker, "a").with({ signal: AbortSignal.abort(new Error("no")) });
  await expect(call.ask.work("x")).rejects.toThrow("no");
  await t.time.settle();
  expect([ran, t.system.counts()]).toEqual([[], { worker: 0 }]);
});

it("a signal that lives long holds nothing of asks that have ended", async () => {
  await using t = await start([Worker]);
  const { signal } = new AbortController();
  const ref = t.system.ref(Worker, "a").with({ signal, timeoutMs: 50 });
  for (let i = 0; i < 5; i++) await ref.ask.work("x");
  const late = watch(ref.ask.wait());
  await t.time.advance(100);
  expect(late.state).toBe("failed: ACTOR_ASK_TIMEOUT");
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
  gate.open();
});

it("a chain of asks that comes back fails at once with the chain printed", async () => {
  await using t = await start([Worker]);
  const error = await t.system
    .ref(Worker, "a")
    .ask.chain(["b", "c", "a"])
    .catch((e: unknown) => e);
  expect(error).toMatchObject({
    code: "ACTOR_REENTRANT",
    message: expect.stringContaining("worker/a → worker/b → worker/c → worker/a") as string,
  });
  expect(t.time.clock.now()).toBe(0);
  expect(await t.system.ref(Worker, "a").ask.chain(["b", "c"])).toBe("end");
});

it("an actor that asks itself is refused, one that tells itself is not", async () => {
  await using t = await start([Worker]);
  await expect(t.system.ref(Worker, "a").ask.chain(["a"])).rejects.toMatchObject({ code: "ACTOR_REENTRANT" });
  await t.system.ref(Worker, "a").ask.tellBack(["a", "b"]);
  await t.time.settle();
  expect(ran.toSorted()).toEqual(["told a", "told b"]);
});

it("a handler sees who sent the message, with which id and headers, and how much time is left", async () => {
  await using t = await start([Worker]);
  const call = t.system.ref(Worker, "a").with({ timeoutMs: 400, commandId: "order-1", headers: { tenant: "x" } });
  expect(await call.ask.look()).toEqual({
    sender: undefined,
    commandId: "order-1",
    headers: { tenant: "x" },
    remainingMs: 400,
  });
  expect(await t.system.ref(Worker, "a").with({ timeoutMs: 400, commandId: "order-1" }).ask.relayLook("b")).toEqual({
    sender: "worker/a",
    commandId: "~~order-1/1",
    headers: {},
    remainingMs: 400,
  });
});

it("refuses call options out of range, naming option and value", async () => {
  await using t = await start([Worker]);
  const ref = t.system.ref(Worker, "a");
  for (const timeoutMs of [0, -1, Number.NaN, 3_600_001]) expect(() => ref.with({ timeoutMs })).toThrow(RangeError);
  for (const commandId of ["", "~x", "x".repeat(129)]) expect(() => ref.with({ commandId })).toThrow("commandId");
});

it("headers that are too large, or no text, are refused before anything is sent", async () => {
  await using t = await start([Worker]);
  const ref = t.system.ref(Worker, "a");
  expect(() => ref.with({ headers: { big: "x".repeat(4_096) } })).toThrow("use at most 4096");
  expect(() => ref.with({ headers: { n: 1 as unknown as string } })).toThrow('header "n" is a number');
});

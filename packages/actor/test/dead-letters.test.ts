// Messages that nobody handled and that had nobody to tell: where they come from, and how they are sent again.
import {
  Actor,
  ActorAddress,
  AetherError,
  type DeadLetter,
  EncodedValue,
  type Envelope,
  host,
  type Plugin,
  Rejection,
} from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, latch, start } from "./harness.ts";

let handled: unknown[] = [];
let gate = latch();
let isBroken = true;
beforeEach(() => {
  handled = [];
  gate = latch();
  isBroken = true;
});

class Worker extends Actor {
  static type = "worker";
  async wait(): Promise<void> {
    await gate.opened;
  }
  work(what: unknown): string {
    if (isBroken) throw new RangeError("broken");
    const { commandId, headers, sender } = this.ctx.message;
    handled.push([what, commandId, headers, sender?.toString()]);
    return "worked";
  }
  note(what: unknown): void {
    handled.push(what);
  }
  refuse(): never {
    throw new Rejection("no");
  }
  /** A child that is told something and stopped at once. */
  async tellChild(): Promise<void> {
    const child = this.ctx.spawn(Worker, { name: "kid" });
    await child.ask.note("hello");
    this.ctx.stop(child);
    child.tell.note("too late");
  }
}

const tell = (to: ActorAddress, command: string, args: Envelope["args"] = []): Envelope => ({
  to,
  command,
  args,
  deadline: 5_000,
  reply: undefined,
  sender: undefined,
  commandId: undefined,
  answeredBelow: 0,
  chain: [],
  headers: undefined,
  next: undefined,
});
const only = (t: Harness): DeadLetter => {
  const letters = t.system.deadLetters.list();
  expect(letters).toHaveLength(1);
  return letters[0] as DeadLetter;
};
const codeOf = ({ cause }: DeadLetter) => (cause as { code?: string } | undefined)?.code;

it("lists what was lost: for whom, what, with what, why and when", async () => {
  await using t = await start([Worker]);
  await t.time.advance(1_500);
  t.system
    .ref(Worker, "a")
    .with({ commandId: "c-1", headers: { tenant: "x" } })
    .tell.work({ n: 1 });
  await t.time.settle();
  expect(only(t)).toEqual({
    n: 1,
    address: "worker/a",
    command: "work",
    args: [{ n: 1 }],
    commandId: "c-1",
    headers: { tenant: "x" },
    wasAsked: false,
    reason: 'worker/a failed in "work": RangeError: broken',
    cause: new RangeError("broken"),
    time: t.time.clock.wall(),
  });
  expect(t.events).toContainEqual(
    expect.objectContaining({ type: "dead-letter", n: 1, address: "worker/a", command: "work" }),
  );
  expect(JSON.parse(JSON.stringify(t.system.deadLetters.list()))).toMatchObject([
    { address: "worker/a", args: [{ n: 1 }] },
  ]);
});

it("keeps as many as it may, and counts them all", async () => {
  await using t = await start([Worker], { options: { deadLetterCapacity: 3 } });
  for (let n = 1; n <= 5; n++) t.local.deliver(tell(new ActorAddress("worker", "a"), "nothing", [n]));
  await t.time.settle();
  const { deadLetters } = t.system;
  expect([deadLetters.size, deadLetters.total]).toEqual([3, 5]);
  expect(deadLetters.list().map(({ n, args }) => [n, args])).toEqual([
    [3, [3]],
    [4, [4]],
    [5, [5]],
  ]);
});

it("keeps none with a capacity of 0, and says what it could have kept all the same", async () => {
  await using t = await start([Worker], { options: { deadLetterCapacity: 0 } });
  t.local.deliver(tell(new ActorAddress("worker", "a"), "nothing"));
  await t.time.settle();
  const { deadLetters } = t.system;
  expect([deadLetters.size, deadLetters.total, deadLetters.list(), deadLetters.replay()]).toEqual([0, 1, [], 0]);
  expect(t.events).toContainEqual(expect.objectContaining({ type: "dead-letter", n: 1 }));
  for (const deadLetterCapacity of [-1, 1.5, Number.NaN, 1_000_001]) {
    await expect(start([], { options: { deadLetterCapacity } })).rejects.toThrow(RangeError);
  }
});

it("a mailbox that is full gives the tells that do not fit", async () => {
  await using t = await start([host(Worker, { mailboxCapacity: 2 })]);
  const ref = t.system.ref(Worker, "a");
  const busy = ref.ask.wait();
  await t.time.settle();
  for (const n of [1, 2, 3]) ref.tell.note(n);
  expect([codeOf(only(t)), only(t).args]).toEqual(["ACTOR_MAILBOX_FULL", [3]]);
  gate.open();
  await busy;
  await t.time.settle();
  expect(t.system.deadLetters.replay()).toBe(1);
  await t.time.settle();
  expect([handled, t.system.deadLetters.size]).toEqual([[1, 2, 3], 0]);
});

it("a tell whose deadline passed behind a slow turn is not begun", async () => {
  await using t = await start([Worker]);
  const ref = t.system.ref(Worker, "a");
  const busy = ref.ask.wait();
  ref.with({ timeoutMs: 50 }).tell.note("late");
  ref.with({ timeoutMs: 500 }).tell.note("in time");
  await t.time.advance(50);
  gate.open();
  await busy;
  await t.time.settle();
  expect([handled, codeOf(only(t)), only(t).args]).toEqual([["in time"], "ACTOR_EXPIRED", ["late"]]);
  await t.time.advance(10_000);
  t.system.deadLetters.replay();
  await t.time.settle();
  expect([handled, t.system.deadLetters.size]).toEqual([["in time", "late"], 0]);
});

it("a handler that threw parks its message, told or asked; who asked is told as well", async () => {
  await using t = await start([Worker]);
  const ref = t.system.ref(Worker, "a");
  ref.tell.work("told");
  await expect(ref.ask.work("asked")).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  const letters = t.system.deadLetters.list();
  expect(letters.map(({ args, wasAsked, cause }) => [args, wasAsked, (cause as Error).name])).toEqual([
    [["told"], false, "RangeError"],
    [["asked"], true, "RangeError"],
  ]);
});

it("an unknown command and an unknown type give their tells", async () => {
  await using t = await start([Worker]);
  t.local.deliver(tell(new ActorAddress("worker", "a"), "constructor"));
  t.local.deliver(tell(new ActorAddress("nowhere", "a"), "work"));
  await t.time.settle();
  const letters = t.system.deadLetters.list();
  expect(letters.map((one) => [one.address, codeOf(one)])).toEqual([
    ["worker/a", "ACTOR_UNKNOWN_COMMAND"],
    ["nowhere/a", "ACTOR_UNKNOWN_TYPE"],
  ]);
});

it("a child that has stopped gives what it did not handle, and stays gone when that is sent again", async () => {
  await using t = await start([Worker]);
  await t.system.ref(Worker, "a").ask.tellChild();
  await t.time.settle();
  expect([only(t).address, codeOf(only(t)), handled]).toEqual(["worker/a/worker/kid", "ACTOR_STOPPED", ["hello"]]);
  expect(t.system.deadLetters.replay()).toBe(1);
  await t.time.settle();
  expect([only(t).n, only(t).address, codeOf(only(t)), handled]).toEqual([
    2,
    "worker/a/worker/kid",
    "ACTOR_STOPPED",
    ["hello"],
  ]);
});

it("a tell that an interceptor refuses or fails is one; a business refusal is none", async () => {
  const refusing: Plugin = {
    name: "refusing",
    install(host) {
      host.intercept(({ command }, next) => {
        if (command === "note") throw new AetherError("TEST_LIMIT", "later");
        if (command === "wait") throw new Error("bug");
        if (command === "work") throw new Rejection("no");
        return next();
      });
    },
  };
  await using t = await start([Worker], { plugins: [refusing] });
  const ref = t.system.ref(Worker, "a");
  ref.tell.note(1);
  ref.tell.wait();
  ref.tell.work(1);
  ref.tell.refuse();
  await t.time.settle();
  expect(t.system.deadLetters.list().map(codeOf)).toEqual(["TEST_LIMIT", "ACTOR_PLUGIN_FAILED"]);
});

it("replay sends chosen letters again, as tells with their ids and headers, and each of them once", async () => {
  await using t = await start([Worker]);
  const ref = t.system.ref(Worker, "a").with({ commandId: "c-1", headers: { tenant: "x" } });
  ref.tell.work("one");
  await ref.ask.work("two").catch(() => undefined);
  ref.tell.work("three");
  await t.time.settle();
  isBroken = false;
  const { deadLetters } = t.system;
  const [first, second] = deadLetters.list() as [DeadLetter, DeadLetter];
  expect([deadLetters.replay([second, first, second, { ...first, n: 99 }]), deadLetters.size]).toEqual([2, 1]);
  await t.time.settle();
  expect(handled).toEqual([
    ["two", "c-1", { tenant: "x" }, undefined],
    ["one", "c-1", { tenant: "x" }, undefined],
  ]);
  expect([deadLetters.replay(), deadLetters.replay(), deadLetters.size]).toEqual([1, 0, 0]);
});

it("an id of a session, which has had its answer, is replayed as one outside of it, the same each time", async () => {
  await using t = await start([Worker]);
  t.local.deliver({ ...tell(new ActorAddress("worker", "a"), "work", [1]), commandId: "~session.1", answeredBelow: 9 });
  await t.time.settle();
  t.system.deadLetters.replay();
  await t.time.settle();
  isBroken = false;
  t.system.deadLetters.replay();
  await t.time.settle();
  expect(handled).toEqual([[1, "~~session.1", {}, undefined]]);
});

it("a letter that fails again is a new one, and those that wait for their turn do not give way to it", async () => {
  await using t = await start([Worker], { options: { deadLetterCapacity: 3 } });
  for (const n of [1, 2, 3]) t.local.deliver(tell(new ActorAddress("nowhere", "a"), "work", [n]));
  expect(t.system.deadLetters.replay()).toBe(3);
  await t.time.settle();
  expect(t.system.deadLetters.list().map(({ n, args }) => [n, args])).toEqual([
    [4, [1]],
    [5, [2]],
    [6, [3]],
  ]);
});

it("discard forgets chosen letters, or all", async () => {
  await using t = await start([Worker]);
  for (const n of [1, 2, 3]) t.local.deliver(tell(new ActorAddress("nowhere", "a"), "work", [n]));
  const { deadLetters } = t.system;
  const letters = deadLetters.list();
  deadLetters.discard([letters[1] as DeadLetter]);
  expect(deadLetters.list().map(({ n }) => n)).toEqual([1, 3]);
  deadLetters.discard();
  expect([deadLetters.size, deadLetters.total, deadLetters.replay(letters)]).toEqual([0, 3, 0]);
});

it("arguments that were encoded are shown as copies, and as text where they are no list", async () => {
  await using t = await start([]);
  const to = new ActorAddress("nowhere", "a");
  for (const json of ['[{"n":1}]', "no json", '{"length":1}']) t.local.deliver(tell(to, "x", new EncodedValue(json)));
  const { deadLetters } = t.system;
  expect(deadLetters.list().map(({ args }) => args)).toEqual([[{ n: 1 }], ["no json"], ['{"length":1}']]);
  for (const { args } of deadLetters.list().slice(0, 1)) Object.assign(args[0] as object, { n: 2 });
  expect(deadLetters.list()[0]?.args).toEqual([{ n: 1 }]);
});

it("what is sent again after the system has stopped is a dead letter again", async () => {
  const t = await start([Worker]);
  t.local.deliver(tell(new ActorAddress("nowhere", "a"), "work"));
  await t.system.stop();
  expect(t.system.deadLetters.replay()).toBe(1);
  await t.time.settle();
  expect(only(t).n).toBe(2);
});

// Messages that no facade would send, made by hand: whatever they name, a named error comes back and nothing is called.
import { Actor, type ActorBase, EncodedValue, type Envelope, host } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, start } from "./harness.ts";

let calls: string[] = [];
beforeEach(() => {
  calls = [];
});
const note = (what: string) => void calls.push(what);

abstract class Base extends Actor {
  static override readonly "~base": ActorBase = { name: "Base", hooks: ["hook", "toJSON"] };
  hook(): void {
    note("hook");
  }
  notListed(): void {
    note("notListed");
  }
}
const symbol = Symbol("named");
class Target extends Base {
  static type = "target";
  static create(): void {
    note("create");
  }
  field = "field";
  declare self: string;
  override onStart(): void {
    // Not by a message.
  }
  override onPassivate(): void {
    // Not by a message.
  }
  override onStop(): void {
    // Not by a message.
  }
  override hook(): void {
    note("hook");
  }
  override toString(): string {
    note("toString");
    return "";
  }
  toJSON(): string {
    note("toJSON");
    return "";
  }
  get accessor(): string {
    note("accessor");
    return "";
  }
  set setter(_: string) {
    note("setter");
  }
  [symbol](): void {
    note("symbol");
  }
  #secret(): void {
    note("secret");
  }
  take(...args: unknown[]): string {
    note("take");
    if (args.length > 9) this.#secret();
    return JSON.stringify(args);
  }
}

/** Started before the message, so that hooks have run already. */
async function started(): Promise<Harness> {
  const t = await start([Target]);
  await t.send("target/a", "take");
  calls = [];
  for (const hook of ["onStart", "onPassivate", "onStop"] as const) {
    Object.defineProperty(Target.prototype, hook, { value: () => note(hook), configurable: true, writable: true });
  }
  return t;
}
const caught = (promise: Promise<unknown>) =>
  promise.then(
    (value) => expect.unreachable(JSON.stringify(value)),
    (e: unknown) => e,
  );

const inherited = Object.getOwnPropertyNames(Object.prototype);
const misspelled = ["", " ", "nothing", "Take", "take ", "take\0", "take()", "ask.take", "\ud800", "é".repeat(500)];
const builtIn = ["prototype", "then", "~base", "ctx", "apply", "call", "bind", "0", "length", "@@iterator"];
const hooks = ["onStart", "onPassivate", "onStop", "hook", "notListed", "toJSON"];
const members = ["accessor", "setter", "field", "self", "create", "type", "schemas", "#secret", "secret"];
const symbols = ["Symbol(named)", "named", "Symbol.asyncDispose"];
const names = [inherited, misspelled, builtIn, hooks, members, symbols].flat();
it.each(names)("a command %j is unknown, and nothing is called", async (command) => {
  await using t = await started();
  for (const args of [[], ["x"], new EncodedValue("[1]"), "packed"] satisfies Envelope["args"][]) {
    expect(await caught(t.send("target/a", command, args))).toMatchObject({
      name: "UnknownCommand",
      code: "ACTOR_UNKNOWN_COMMAND",
      data: { type: "target", command: command.slice(0, 80) },
    });
  }
  expect(calls).toEqual([]);
  expect(await t.send("target/a", "take", [1])).toBe("[1]");
});

it.each([1, 100, 100_000])("a name of %i characters is cut in the error", async (length) => {
  await using t = await started();
  const error = (await caught(t.send("target/a", "x".repeat(length)))) as Error & { data: { command: string } };
  expect([error.data.command.length, error.message.length < 200]).toEqual([Math.min(80, length), true]);
});

it.each(["nowhere", "constructor", "__proto__", "toString", "hasOwnProperty", "Target", "TARGET"])(
  "a type %j is unknown, and nothing is made",
  async (type) => {
    await using t = await started();
    expect(await caught(t.send(`${type}/a`, "take"))).toMatchObject({ code: "ACTOR_UNKNOWN_TYPE", data: { type } });
    expect([calls, t.system.counts()]).toEqual([[], { target: 1 }]);
  },
);

it.each([
  '[{"__proto__":{"polluted":true}}]',
  '[{"deep":[{"__proto__":{"polluted":true}}]}]',
  '[{"\\u005f\\u005fproto__":{"polluted":true}}]',
  '[{"\\u005F_proto_\\u005f":null}]',
  '{"__proto__":["polluted"]}',
])("arguments that would rewrite prototypes call nothing: %s", async (json) => {
  await using t = await started();
  expect(await caught(t.send("target/a", "take", new EncodedValue(json)))).toMatchObject({
    code: expect.stringMatching(/^ACTOR_(FAILED|INVALID_ARGUMENTS)$/) as string,
    message: expect.stringContaining("__proto__ holds a key that rewrites prototypes") as string,
  });
  expect([calls, Object.keys(Object.prototype), ({} as { polluted?: unknown }).polluted]).toEqual([[], [], undefined]);
});

it("arguments that only speak of such names are data", async () => {
  await using t = await started();
  const json = JSON.stringify([
    "__proto__",
    "\\u005f",
    { constructor: { prototype: { polluted: true } }, toString: 1 },
  ]);
  expect(await t.send("target/a", "take", new EncodedValue(json))).toBe(json);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

it.each(["not json", "", "null", "5", "[1", "[1]]", "[".repeat(100_000)])(
  "arguments that are no list of JSON call nothing: %j",
  async (json) => {
    await using t = await started();
    expect(await caught(t.send("target/a", "take", new EncodedValue(json)))).toMatchObject({
      code: expect.stringMatching(/^ACTOR_(FAILED|INVALID_ARGUMENTS)$/) as string,
    });
    expect(calls).toEqual([]);
    expect(await t.send("target/a", "take", [1])).toBe("[1]");
  },
);

it.each(['{"length":1}', '"a"'])("arguments that only look like a list call nothing: %s", async (json) => {
  await using t = await started();
  await t.send("target/a", "take", new EncodedValue(json)).catch(() => undefined);
  expect(calls).toEqual([]);
});

it("arguments that cannot be read disturb nobody: the object is kept", async () => {
  await using t = await started();
  for (const json of ["not json", "5"]) await caught(t.send("target/a", "take", new EncodedValue(json)));
  expect(t.events.filter(({ type }) => type === "actor-failed")).toEqual([]);
});

it("headers are texts of 4 KiB at most, in bytes", async () => {
  await using t = await started();
  const ref = t.system.ref(Target, "a");
  for (const headers of [{ h: "x".repeat(4_096) }, { h: "é".repeat(2_048) }, { ["x".repeat(4_096)]: "" }]) {
    expect(() => ref.with({ headers })).toThrow(RangeError);
  }
  expect(() => ref.with({ headers: { h: "x".repeat(4_088) } })).not.toThrow();
  expect(() => ref.with({ headers: JSON.parse('{"__proto__":"x"}') })).toThrow('named "__proto__"');
  for (const headers of [5, null, "text", { n: 1 }, { n: undefined }, { n: {} }]) {
    expect(() => ref.with({ headers: headers as never })).toThrow(TypeError);
  }
});

it("options of the wrong type or out of range are refused at once, by name", async () => {
  await using t = await started();
  const ref = t.system.ref(Target, "a");
  for (const options of [undefined, null, 5, "fast"]) expect(() => ref.with(options as never)).toThrow(TypeError);
  expect(() => ref.with({ timeout: 5 } as never)).toThrow('unknown option "timeout"');
  for (const timeoutMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 3_600_001, "soon", {}, null]) {
    expect(() => ref.with({ timeoutMs: timeoutMs as never })).toThrow("timeoutMs");
  }
  for (const commandId of ["", "~own", "x".repeat(129), 5, null, {}]) {
    expect(() => ref.with({ commandId: commandId as never })).toThrow("commandId");
  }
  for (const id of ["", "x".repeat(201), "\ud800", 5, null, undefined]) {
    expect(() => t.system.ref(Target, id as never)).toThrow(expect.objectContaining({ code: "ACTOR_INVALID_ID" }));
  }
  expect(calls).toEqual([]);
});

it.each([{ timeoutMs: "5" }, { signal: 5 }, { signal: {} }, { headers: ["a"] }])(
  "an option that only looks right is refused at once: %j",
  async (options) => {
    await using t = await started();
    expect(() => t.system.ref(Target, "a").with(options as never)).toThrow();
  },
);

it("a tell whose signal is aborted already sends nothing", async () => {
  await using t = await started();
  t.system.ref(Target, "a").with({ signal: AbortSignal.abort() }).tell.take(1);
  await t.time.settle();
  expect(calls).toEqual([]);
});

let pace: () => Promise<void> = async () => undefined;
class Slow extends Actor {
  static type = "slow";
  async work(): Promise<void> {
    await pace();
  }
}

/** What senders are told who keep a mailbox full for a second, while each message takes so long. */
async function hints(paceMs: number, mailboxCapacity = 100): Promise<number[]> {
  await using t = await start([host(Slow, { mailboxCapacity })]);
  pace = () => new Promise((done) => void t.time.scheduler.after(paceMs, () => done()));
  const told: number[] = [];
  for (let ms = 0; ms < 1_000; ms += 50) {
    for (let i = 0; i < mailboxCapacity * 1.5; i++) t.system.ref(Slow, "a").tell.work();
    const { cause } = t.system.deadLetters.list().at(-1) ?? {};
    told.push((cause as { data: { retryAfterMs: number } }).data.retryAfterMs);
    t.system.deadLetters.discard();
    await t.time.advance(50);
  }
  return told;
}

it.each([
  [1, 50],
  [2, 100],
  [5, 250],
  [20, 1_000],
])(
  "a full mailbox says when half of it will be done at the actor's own rate: %i ms each, %i ms",
  async (paceMs, ms) => {
    const told = await hints(paceMs);
    for (const hint of told) expect(hint >= 1 && hint <= 5_000).toBe(true);
    // The rate has been seen by then.
    for (const hint of told.slice(5)) {
      expect(hint).toBeGreaterThanOrEqual(ms * 0.8);
      expect(hint).toBeLessThanOrEqual(ms * 1.25);
    }
  },
);

it("the hint says at most 5,000 ms, and 50 where nothing was measured yet", async () => {
  const told = await hints(100, 1_000);
  expect([told[0], new Set(told.slice(5))]).toEqual([50, new Set([5_000])]);
});

it("an actor slower than the look at it is known as slow", async () => {
  expect(Math.min(...(await hints(400)).slice(10))).toBeGreaterThan(1_000);
});

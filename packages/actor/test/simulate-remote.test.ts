// With `simulateRemote` what goes between two actors of one process is what would arrive on another node.
import { Actor, type ActorRef, AetherError, EncodedValue, host, Rejection } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { type Harness, start } from "./harness.ts";

let got: unknown[] = [];
beforeEach(() => {
  got = [];
});

interface Box {
  n: number;
  list: number[];
}
class Keeper extends Actor {
  static type = "keeper";
  readonly #state: Box = { n: 0, list: [] };
  keep(box: unknown, more?: unknown): void {
    got.push(box, more);
  }
  count(...args: unknown[]): number {
    return args.length;
  }
  look(): Box {
    return this.#state;
  }
  async lookLater(): Promise<Box> {
    return this.#state;
  }
  refuse(): Rejection<"no", Box> {
    return new Rejection("no", this.#state);
  }
  throwRefusal(): never {
    throw new Rejection("no", this.#state);
  }
  fail(): never {
    throw Object.assign(new RangeError("boom"), { state: this.#state });
  }
  failWithCode(): never {
    throw new AetherError("TEST_CODE", "coded", { data: { n: 1 }, retryable: true });
  }
  failWithState(): never {
    throw new AetherError("TEST_STATE", "with state", { data: { box: this.#state } });
  }
  give(what: string): unknown {
    return odd[what]?.();
  }
  /** What is sent is changed before it leaves with the turn. */
  passOn(to: string): void {
    this.ctx.ref(Keeper, to).tell.keep(this.#state, "before");
    this.#state.n++;
    this.#state.list.push(1);
  }
  async askOn(to: string): Promise<unknown> {
    const other = this.ctx.ref(Keeper, to);
    const theirs = await other.ask.look();
    theirs.list.push(666);
    return [theirs, await other.ask.look()];
  }
  async sendOdd(to: string, what: string, how: "ask" | "tell"): Promise<void> {
    const { ask, tell } = this.ctx.ref(Keeper, to);
    if (how === "tell") tell.keep({ inside: odd[what]?.() });
    else await ask.keep({ inside: odd[what]?.() });
  }
  async sendText(to: string, text: string): Promise<void> {
    await this.ctx.ref(Keeper, to).ask.keep(text);
  }
  async sendRef(to: string): Promise<void> {
    await this.ctx.ref(Keeper, to).ask.keep(this.ctx.self(Keeper));
  }
  async useChild(): Promise<unknown> {
    const child = this.ctx.spawn(Keeper, { name: "kid" });
    const box = await child.ask.look();
    box.n = 666;
    return child.ask.look();
  }
}

const odd: Record<string, () => unknown> = {
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  Map: () => new Map(),
  Date: () => new Date(0),
  undefined: () => [1, undefined],
  Money: () => new (class Money {})(),
  Stack: () => new (class Stack extends Array<number> {})(),
  function: () => () => 1,
  symbol: () => Symbol("s"),
  bigint: () => 1n,
  surrogate: () => "\ud800",
  Uint8Array: () => new Uint8Array(1),
  Error: () => new Error("e"),
  EncodedValue: () => new EncodedValue("1"),
  Promise: () => ({ promise: Promise.resolve(1) }),
  rewriting: () => JSON.parse('{"__proto__":{"a":1}}'),
};
const kinds = Object.keys(odd);
const remote = (): Promise<Harness> => start([Keeper], { options: { simulateRemote: true } });
const keeper = (t: Harness, id = "a"): ActorRef<Keeper> => t.system.ref(Keeper, id);
const caught = (promise: Promise<unknown>) =>
  promise.then(
    (value) => expect.unreachable(JSON.stringify(value)),
    (e: unknown) => e,
  );

it("arguments are the sender's no longer: what it changes afterwards has no effect", async () => {
  await using t = await remote();
  const box = { n: 1, list: [1] };
  const asked = keeper(t).ask.keep(box, "more");
  keeper(t).tell.keep(box);
  box.n = 2;
  box.list.push(2);
  await asked;
  await t.time.settle();
  expect(got).toEqual([{ n: 1, list: [1] }, "more", { n: 1, list: [1] }, undefined]);
  await keeper(t, "b").ask.passOn("c");
  await t.time.settle();
  expect(got.slice(4)).toEqual([{ n: 0, list: [] }, "before"]);
});

it("without it they go by reference, which is why it exists", async () => {
  await using t = await start([Keeper]);
  const box = { n: 1, list: [] };
  await keeper(t).ask.keep(box);
  expect(got[0]).toBe(box);
});

it("each receiver has its own copy, and so has each reader of a reply", async () => {
  await using t = await remote();
  for (const read of ["look", "lookLater"] as const) {
    const first = await keeper(t).ask[read]();
    first.list.push(666);
    first.n = 666;
    expect(await keeper(t).ask[read]()).toEqual({ n: 0, list: [] });
  }
  expect(await keeper(t).ask.askOn("b")).toEqual([
    { n: 0, list: [666] },
    { n: 0, list: [] },
  ]);
  expect(await keeper(t).ask.useChild()).toEqual({ n: 0, list: [] });
});

it("nobody gets hold of state through a refusal or a failure; code, message and data arrive", async () => {
  await using t = await remote();
  for (const command of ["refuse", "throwRefusal"] as const) {
    const refusal = (await caught(keeper(t).ask[command]())) as Rejection<"no", Box>;
    expect(refusal).toMatchObject({ name: "Rejection", code: "no", data: { n: 0, list: [] } });
    refusal.data.list.push(666);
  }
  expect(await keeper(t).ask.look()).toEqual({ n: 0, list: [] });
  const failure = (await caught(keeper(t).ask.fail())) as AetherError;
  expect(failure).toMatchObject({
    code: "ACTOR_FAILED",
    message: 'keeper/a failed in "fail": RangeError: boom',
    data: { address: "keeper/a", command: "fail" },
  });
  expect(failure.cause).toBeUndefined();
  expect(await caught(keeper(t).ask.failWithCode())).toMatchObject({
    code: "TEST_CODE",
    message: "coded",
    data: { n: 1 },
    retryable: true,
  });
});

it("nor through the data of an error with a code", async () => {
  await using t = await start([host(Keeper, { supervision: { onFailure: "resume" } })], {
    options: { simulateRemote: true },
  });
  const failure = (await caught(keeper(t).ask.failWithState())) as AetherError & { data: { box: Box } };
  failure.data.box.list.push(666);
  expect(await keeper(t).ask.look()).toEqual({ n: 0, list: [] });
});

it.each(kinds)("refuses to send what JSON would change, with its path: %s", async (what) => {
  await using t = await remote();
  const path = new RegExp(`arguments of "keep" at \\[0\\]\\.inside.* holds `);
  const args = { inside: odd[what]?.() };
  await expect(keeper(t).ask.keep(args)).rejects.toThrow(path);
  expect(() => keeper(t).tell.keep(args)).toThrow(path);
  for (const how of ["ask", "tell"] as const) {
    await expect(keeper(t, "b").ask.sendOdd("c", what, how)).rejects.toMatchObject({
      code: "ACTOR_FAILED",
      message: expect.stringMatching(path) as string,
    });
  }
  await t.time.settle();
  expect(got).toEqual([]);
});

it.each(kinds.filter((what) => what !== "EncodedValue"))(
  "a reply that JSON would change fails its command: %s",
  async (what) => {
    await using t = await remote();
    await expect(keeper(t).ask.give(what)).rejects.toMatchObject({
      code: "ACTOR_FAILED",
      message: expect.stringMatching(/the reply of "give".* holds /) as string,
    });
  },
);

it("a text of its own is looked at like any other value", async () => {
  await using t = await remote();
  await expect(keeper(t).ask.keep("\ud800")).rejects.toThrow('arguments of "keep" at [0] holds a lone surrogate');
  class Sender extends Keeper {
    static override type = "sender";
    send(): Promise<void> {
      return this.sendText("a", "\ud800");
    }
  }
  await using s = await start([Keeper, Sender], { options: { simulateRemote: true } });
  await expect(s.system.ref(Sender, "a").ask.send()).rejects.toMatchObject({
    message: expect.stringContaining('arguments of "keep" at [0] holds a lone surrogate') as string,
  });
  expect(got).toEqual([]);
});

it("refuses a ref as an argument: an address travels, a ref does not", async () => {
  await using t = await remote();
  await expect(keeper(t).ask.keep(keeper(t, "b"))).rejects.toThrow('arguments of "keep" at [0] holds a Ref');
  await expect(keeper(t).ask.sendRef("b")).rejects.toMatchObject({
    code: "ACTOR_FAILED",
    message: expect.stringContaining("holds a Ref") as string,
  });
});

it("absent members and optional arguments at the end are left out, all else arrives as it is", async () => {
  await using t = await remote();
  const plain = { text: "é\u{1f600}", no: null, flag: false, nested: { list: [[], {}, -1.5e300] } };
  await keeper(t).ask.keep({ ...plain, absent: undefined }, undefined);
  expect(got).toEqual([plain, undefined]);
  expect(Object.keys(got[0] as object)).toEqual(Object.keys(plain));
  expect(await keeper(t).ask.count(1, undefined)).toBe(1);
  await expect(keeper(t).ask.count(undefined, 1)).rejects.toThrow("at [0] holds undefined");
  expect(await keeper(t).ask.count([1, 2])).toBe(1);
  expect(await keeper(t).ask.count()).toBe(0);
  expect(await keeper(t).ask.look()).toEqual({ n: 0, list: [] });
});

it("an encoded value never reaches a handler", async () => {
  await using t = await remote();
  await expect(keeper(t).ask.keep(new EncodedValue("[1]"))).rejects.toThrow("holds a EncodedValue");
  await t.send("keeper/a", "keep", new EncodedValue('[{"n":1},2]'));
  expect(got).toEqual([{ n: 1 }, 2]);
});

it("the odd values of this file are those that go by reference otherwise", async () => {
  await using t = await start([Keeper]);
  for (const what of kinds) await keeper(t).ask.keep({ inside: odd[what]?.() });
  expect(got).toHaveLength(2 * kinds.length);
});

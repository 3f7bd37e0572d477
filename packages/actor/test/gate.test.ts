import { Actor, host } from "@aether/actor";
import { expect, it } from "vitest";
import { maxHeldBytes, maxHeldOutputs } from "../src/gate.ts";
import { latch, start, watch } from "./harness.ts";

class Speaker extends Actor {
  static type = "speaker";
  static readonly heard: string[] = [];
  static said = 0;
  readonly #state = { words: [] as string[] };
  say(word: string): object {
    this.#state.words.push(word);
    return this.#state;
  }
  hear(what: unknown): void {
    Speaker.heard.push(JSON.stringify(what));
  }
  tell(word: string): void {
    this.#state.words.push(word);
    this.ctx.ref(Speaker, "ear").tell.hear(this.#state);
  }
  async askEar(word: string): Promise<string> {
    await this.ctx.ref(Speaker, "ear").ask.hear(word);
    return "heard";
  }
  async useOutside(go: () => unknown): Promise<void> {
    await go();
  }
  crash(): never {
    throw new Error("boom");
  }
  crashWithState(): never {
    throw Object.assign(new RangeError("boom"), { state: this.#state });
  }
  large(bytes: number): string {
    Speaker.said++;
    return "x".repeat(bytes);
  }
  count(): number {
    return ++Speaker.said;
  }
}

it("a closed permit holds every reply, also those of volatile actors, and reopening lets them go in order", async () => {
  await using t = await start([Speaker], { hasPermit: true });
  const { ask } = t.system.ref(Speaker, "a");
  t.permit(false);
  const order: string[] = [];
  const replies = ["one", "two", "three"].map((word) => ask.say(word).then(() => order.push(word)));
  const failed = watch(ask.crash());
  await t.time.settle();
  expect([order, failed.state]).toEqual([[], "waiting"]);
  t.local.reopenGates();
  await t.time.settle();
  expect(order).toEqual([]);
  t.permit(true);
  t.local.reopenGates();
  await Promise.all(replies);
  await t.time.settle();
  expect([order, failed.state]).toEqual([["one", "two", "three"], "failed: ACTOR_FAILED"]);
});

it("what waits at a closed gate does not change any more", async () => {
  await using t = await start([Speaker], { hasPermit: true });
  const { ask } = t.system.ref(Speaker, "a");
  t.permit(false);
  const first = ask.say("one");
  const second = ask.say("two");
  await t.time.settle();
  t.permit(true);
  t.local.reopenGates();
  expect([await first, await second]).toEqual([{ words: ["one"] }, { words: ["one", "two"] }]);
});

it("a closed permit holds tells and asks of a turn, as they were when they were made", async () => {
  Speaker.heard.length = 0;
  await using t = await start([Speaker], { hasPermit: true });
  const { tell, ask } = t.system.ref(Speaker, "a");
  t.permit(false);
  tell.tell("one");
  tell.tell("two");
  const asked = watch(ask.askEar("three"));
  await t.time.settle();
  expect([Speaker.heard, asked.state]).toEqual([[], "waiting"]);
  t.permit(true);
  t.local.reopenGates();
  await t.time.settle();
  expect(Speaker.heard).toEqual(['{"words":["one"]}', '{"words":["one","two"]}', '"three"']);
  expect(asked.state).toBe('done: "heard"');
});

it("an output behind a held one waits its turn even when the permit is back", async () => {
  await using t = await start([Speaker], { hasPermit: true });
  const { ask } = t.system.ref(Speaker, "a");
  t.permit(false);
  const order: string[] = [];
  const held = ask.say("held").then(() => order.push("held"));
  await t.time.settle();
  t.permit(true);
  const later = ask.say("later").then(() => order.push("later"));
  await t.time.settle();
  expect(order).toEqual([]);
  t.local.reopenGates();
  await Promise.all([held, later]);
  expect(order).toEqual(["held", "later"]);
});

it("a permit that is taken back holds what comes after it was there", async () => {
  await using t = await start([Speaker], { hasPermit: true });
  const { ask } = t.system.ref(Speaker, "a");
  for (const word of ["one", "two"]) {
    t.permit(false);
    const reply = watch(ask.say(word));
    await t.time.settle();
    expect(reply.state).toBe("waiting");
    t.permit(true);
    t.local.reopenGates();
    await t.time.settle();
    expect(reply.state).toMatch(/^done/);
  }
});

it("an actor leaves only once its gate is empty", async () => {
  await using t = await start([Speaker], { hasPermit: true });
  t.permit(false);
  const reply = watch(t.system.ref(Speaker, "a").ask.say("x"));
  await t.time.settle();
  let gone = false;
  void t.local.release(() => true).then(() => (gone = true));
  await t.time.settle();
  expect(gone).toBe(false);
  t.permit(true);
  t.local.reopenGates();
  await t.time.settle();
  expect([gone, reply.state]).toEqual([true, 'done: {"words":["x"]}']);
});

it("a ref of system.ref inside a handler is an error that says what to use", async () => {
  await using t = await start([Speaker]);
  const outside = t.system.ref(Speaker, "b");
  const use = (go: () => unknown) => t.system.ref(Speaker, "a").ask.useOutside(go);
  for (const go of [() => outside.ask.say("x"), () => outside.tell.hear("x")]) {
    await expect(use(go)).rejects.toThrow(/system\.ref was used inside a handler \(speaker\/b\..*use this\.ctx\.ref/);
  }
  expect(await outside.ask.say("y")).toEqual({ words: ["y"] });
});

it("ctx sends nothing when no turn is open, and nothing under the turn of a later object", async () => {
  Speaker.heard.length = 0;
  await using t = await start([Speaker, Leaky]);
  const { ask } = t.system.ref(Leaky, "a");
  await ask.keep();
  expect(() => Leaky.send?.("between turns")).toThrow("while no turn is open");
  const open = latch();
  Leaky.wait = open.opened;
  const stale = Leaky.send;
  await expect(ask.crash()).rejects.toThrow("boom");
  const turn = ask.waitInTurn();
  await t.time.settle();
  expect(() => stale?.("under a later turn")).toThrow("replaced");
  open.open();
  await turn;
  await t.time.settle();
  expect(Speaker.heard).toEqual([]);
});

class Leaky extends Actor {
  static type = "leaky";
  static send: ((what: string) => void) | undefined;
  static wait: Promise<void>;
  keep(): void {
    const ear = this.ctx.ref(Speaker, "ear");
    Leaky.send = (what) => ear.tell.hear(what);
  }
  crash(): never {
    throw new Error("boom");
  }
  async waitInTurn(): Promise<void> {
    await Leaky.wait;
  }
}

it("a gate that holds too much stops the actor until something has left", async () => {
  await using t = await start([host(Speaker, { mailboxCapacity: 20_000 })], { hasPermit: true });
  const { ask } = t.system.ref(Speaker, "a");
  t.permit(false);
  Speaker.said = 0;
  const asks = Array.from({ length: maxHeldOutputs + 5 }, () => ask.count());
  await t.time.settle();
  expect(Speaker.said).toBe(maxHeldOutputs);
  t.permit(true);
  t.local.reopenGates();
  await Promise.all(asks);
  expect(Speaker.said).toBe(maxHeldOutputs + 5);
});

it("an error tells what the handler threw without handing out the thrown object", async () => {
  await using t = await start([Speaker]);
  const error = (await t.system
    .ref(Speaker, "a")
    .ask.crashWithState()
    .catch((e: unknown) => e)) as Error;
  expect(error).toMatchObject({ code: "ACTOR_FAILED", cause: { name: "RangeError", message: "boom" } });
  expect((error.cause as Error).stack).toContain("crashWithState");
  expect(error.cause).not.toHaveProperty("state");
});

it("a gate that holds many bytes stops the actor, however few outputs they are", async () => {
  await using t = await start([Speaker], { hasPermit: true });
  const { ask } = t.system.ref(Speaker, "a");
  t.permit(false);
  Speaker.said = 0;
  const asks = Array.from({ length: 20 }, () => ask.large(maxHeldBytes / 8));
  await t.time.settle();
  expect(Speaker.said).toBe(8);
  t.permit(true);
  t.local.reopenGates();
  await Promise.all(asks);
  expect(Speaker.said).toBe(20);
});

import { Actor, Rejection } from "@aether/actor";
import { beforeEach, expect, it } from "vitest";
import { latch, start, watch } from "./harness.ts";

let born = 0;
let startFails: (() => unknown) | undefined;
let gate = latch();
beforeEach(() => {
  born = 0;
  startFails = undefined;
  gate = latch();
});

class Fragile extends Actor {
  static type = "fragile";
  readonly #number = ++born;
  #seen: string[] = [];
  override async onStart(): Promise<void> {
    this.#seen.push("started");
    await startFails?.();
  }
  note(what: string): string[] {
    this.#seen.push(what);
    return [`object ${this.#number}`, ...this.#seen];
  }
  crash(): never {
    throw new Error("boom");
  }
  async crashLater(): Promise<never> {
    await gate.opened;
    throw new Error("boom later");
  }
  refuse(): never {
    throw new Rejection("no");
  }
  tellThen(end: "return" | "throw" | "refuse" | "refuse softly"): Rejection | undefined {
    this.ctx.ref(Fragile, "other").tell.note(`told before ${end}`);
    if (end === "throw") throw new Error("boom");
    if (end === "refuse") throw new Rejection("no");
    return end === "refuse softly" ? new Rejection("soft") : undefined;
  }
  async tellAndWait(): Promise<void> {
    this.ctx.ref(Fragile, "other").tell.note("told while waiting");
    await gate.opened;
  }
  async tellThenAsk(): Promise<string[]> {
    this.ctx.ref(Fragile, "other").tell.note("told first");
    return this.ctx.ref(Fragile, "other").ask.note("asked second");
  }
}

it("a throw gives a fresh object and keeps the mailbox in order", async () => {
  await using t = await start([Fragile]);
  const { ask, tell } = t.system.ref(Fragile, "a");
  await ask.note("old");
  const crashed = watch(ask.crashLater());
  tell.note("1");
  tell.note("2");
  const last = ask.note("3");
  await t.time.settle();
  gate.open();
  expect(await last).toEqual(["object 2", "started", "1", "2", "3"]);
  expect(crashed.state).toBe("failed: ACTOR_FAILED");
  expect(t.events.filter((event) => event.type === "actor-failed")).toMatchObject([
    { address: "fragile/a", command: "crashLater" },
  ]);
});

it("the caller of a handler that threw learns of actor, command and cause", async () => {
  await using t = await start([Fragile]);
  await expect(t.system.ref(Fragile, "a").ask.crash()).rejects.toMatchObject({
    code: "ACTOR_FAILED",
    message: 'fragile/a failed in "crash": Error: boom',
    cause: new Error("boom"),
    data: { address: "fragile/a", command: "crash" },
  });
});

it("a tell that throws is a dead letter", async () => {
  await using t = await start([Fragile]);
  t.system.ref(Fragile, "a").tell.crash();
  await t.time.settle();
  expect(t.events.filter((event) => event.type === "dead-letter")).toMatchObject([{ command: "crash" }]);
});

it("a Rejection keeps the object", async () => {
  await using t = await start([Fragile]);
  const { ask } = t.system.ref(Fragile, "a");
  await ask.note("kept");
  await expect(ask.refuse()).rejects.toMatchObject({ code: "no" });
  expect(await ask.note("on")).toEqual(["object 1", "started", "kept", "on"]);
});

it("another actor of the class does not notice", async () => {
  await using t = await start([Fragile]);
  await t.system.ref(Fragile, "b").ask.note("mine");
  await t.system
    .ref(Fragile, "a")
    .ask.crash()
    .catch(() => undefined);
  expect(await t.system.ref(Fragile, "b").ask.note("still")).toContain("mine");
});

it("onStart is the first turn: nothing is handled before it is done", async () => {
  startFails = () => gate.opened;
  await using t = await start([Fragile]);
  const first = t.system.ref(Fragile, "a").ask.note("after");
  const seen = watch(first);
  await t.time.settle();
  expect(seen.state).toBe("waiting");
  gate.open();
  expect(await first).toEqual(["object 1", "started", "after"]);
});

it("an onStart that throws fails the activation for all who wait; the next message tries anew", async () => {
  startFails = () => gate.opened.then(() => Promise.reject(new Error("not today")));
  await using t = await start([Fragile]);
  const { ask } = t.system.ref(Fragile, "a");
  const waiting = [ask.note("1"), ask.note("2")].map(watch);
  await t.time.settle();
  gate.open();
  await t.time.settle();
  expect(waiting.map((w) => w.state)).toEqual(["failed: ACTOR_ACTIVATION_FAILED", "failed: ACTOR_ACTIVATION_FAILED"]);
  expect(t.system.counts()).toEqual({ fragile: 0 });
  startFails = undefined;
  expect(await ask.note("3")).toEqual(["object 2", "started", "3"]);
});

it.each(["return", "refuse softly"] as const)("tells leave when the turn ends with: %s", async (end) => {
  await using t = await start([Fragile]);
  await t.system
    .ref(Fragile, "a")
    .ask.tellThen(end)
    .catch(() => undefined);
  expect(await t.system.ref(Fragile, "other").ask.note("x")).toContain(`told before ${end}`);
});

it.each(["throw", "refuse"] as const)("tells are dropped when the turn ends with: %s", async (end) => {
  await using t = await start([Fragile]);
  await t.system
    .ref(Fragile, "a")
    .ask.tellThen(end)
    .catch(() => undefined);
  expect(await t.system.ref(Fragile, "other").ask.note("x")).not.toContain(`told before ${end}`);
});

it("tells wait for the end of the turn", async () => {
  await using t = await start([Fragile]);
  const turn = t.system.ref(Fragile, "a").ask.tellAndWait();
  await t.time.settle();
  expect(await t.system.ref(Fragile, "other").ask.note("x")).not.toContain("told while waiting");
  gate.open();
  await turn;
  expect(await t.system.ref(Fragile, "other").ask.note("y")).toContain("told while waiting");
});

it("an ask lets go the tells before it, so that one receiver sees them in order", async () => {
  await using t = await start([Fragile]);
  expect((await t.system.ref(Fragile, "a").ask.tellThenAsk()).slice(-2)).toEqual(["told first", "asked second"]);
});

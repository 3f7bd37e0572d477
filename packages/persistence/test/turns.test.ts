// What a turn may do to its state, and that all of it happens or nothing.
import { Actor, createSystem, Rejection } from "@aether/actor";
import { EventSourcedActor, type Events, persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { Account } from "./account.ts";
import { eventsIn, hold, openBank, watch } from "./bank.ts";

type E = { type: "added"; n: number; list?: number[] } | { type: "broken" };
let late: (() => unknown) | undefined;

const oddValues = [Number.NaN, new Map(), () => 1, 1n, new Date(0), "\uD800", Symbol("s")];

class Ledger extends EventSourcedActor<E> {
  static type = "ledger";
  static readonly events: Events<E> = { added: 1, broken: 1 };
  state = { sum: 0, lists: [] as number[][], times: [] as number[] };
  apply(event: E, meta: { version: number; time: number }): void {
    if (event.type === "broken") {
      this.state.sum = -1;
      throw new Error("apply is broken");
    }
    this.state.sum += event.n;
    this.state.times.push(meta.version, meta.time);
    if (event.list !== undefined) this.state.lists.push(event.list);
  }
  add(n: number): number {
    return this.persist({ type: "added", n }).sum;
  }
  addTwo(a: number, b: number): number {
    return this.persist({ type: "added", n: a }, { type: "added", n: b }).sum;
  }
  swallow(): string {
    this.add(10);
    try {
      this.persist({ type: "broken" });
    } catch {
      return "swallowed";
    }
    return "not thrown";
  }
  swallowOdd(which: number): number {
    try {
      this.persist({ type: "added", n: oddValues[which] as number });
    } catch {
      return this.add(1);
    }
    return -1;
  }
  refuseAfter(n: number): never {
    this.add(n);
    throw new Rejection("no", { seen: this.state.sum });
  }
  changeEvent(): number[] {
    const event = { type: "added" as const, n: 1, list: [1] };
    this.persist(event);
    event.list.push(2);
    return event.list;
  }
  async split(a: number, b: number | "throw"): Promise<number> {
    this.add(a);
    await this.durable();
    if (b === "throw") throw new Error("second half");
    return this.add(b);
  }
  async leak(): Promise<void> {
    late = () => this.add(1);
  }
  async waitDurable(): Promise<void> {
    await this.durable();
  }
  look(): Ledger["state"] {
    return this.state;
  }
}

it("a throw after persist discards that turn alone, in the store and in memory", async () => {
  const held = hold("append");
  await using bank = await openBank({ faults: held.faults });
  const { ask } = bank.system.ref(Account, "alice");
  const all = [ask.deposit(1), ask.depositThenThrow(10), ask.deposit(100)].map(watch);
  await bank.time.settle();
  held.open();
  await bank.time.settle();
  expect(all.map(({ state }) => state)).toEqual(["done: 1", "failed: ACTOR_FAILED", "done: 101"]);
  const amounts = (await bank.stored("alice")).flatMap((commit) => eventsIn(commit).map(({ amount }) => amount));
  expect(amounts).toEqual([1, 100]);
});

it("a throw of apply discards the turn even if the handler caught it", async () => {
  await using bank = await openBank({ actors: [Ledger] });
  const { ask } = bank.system.ref(Ledger, "l");
  await ask.add(1);
  await expect(ask.swallow()).rejects.toMatchObject({
    code: "ACTOR_FAILED",
    message: expect.stringContaining("apply is broken") as string,
  });
  expect(await ask.look()).toMatchObject({ sum: 1 });
  expect(bank.of("actor-failed")).toHaveLength(1);
});

it("an event that cannot be encoded changes nothing, and the handler may go on", async () => {
  await using bank = await openBank({ actors: [Ledger] });
  const { ask } = bank.system.ref(Ledger, "l");
  for (const i of oddValues.keys()) expect(await ask.swallowOdd(i)).toBe(i + 1);
  expect(await ask.look()).toMatchObject({ sum: 7 });
});

it("a Rejection thrown after persist undoes the events and is no failure of the actor's caller", async () => {
  await using bank = await openBank({ actors: [Ledger] });
  const { ask } = bank.system.ref(Ledger, "l");
  await expect(ask.refuseAfter(5)).rejects.toMatchObject({ code: "no", data: { seen: 5 } });
  expect(await ask.look()).toMatchObject({ sum: 0 });
  expect(await bank.stored("l", "ledger")).toEqual([]);
});

it("several events of one persist are one turn, with versions and one time", async () => {
  await using bank = await openBank({ actors: [Ledger] });
  const { ask } = bank.system.ref(Ledger, "l");
  await bank.time.advance(5);
  expect(await ask.addTwo(1, 2)).toBe(3);
  const time = bank.time.clock.wall();
  expect((await ask.look()).times).toEqual([1, time, 2, time]);
  await bank.time.advance(5);
  await bank.local.release(() => true);
  expect((await ask.look()).times).toEqual([1, time, 2, time]);
});

it("an event that was folded can be changed by nobody", async () => {
  await using bank = await openBank({ actors: [Ledger] });
  await expect(bank.system.ref(Ledger, "l").ask.changeEvent()).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  await using thawed = await openBank({ actors: [Ledger], freezeEvents: false });
  expect(await thawed.system.ref(Ledger, "l").ask.changeEvent()).toEqual([1, 2]);
});

it("durable splits a command: what is before it stays when the rest throws", async () => {
  await using bank = await openBank({ actors: [Ledger] });
  const { ask } = bank.system.ref(Ledger, "l");
  expect(await ask.split(1, 2)).toBe(3);
  await expect(ask.split(10, "throw")).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  expect(await ask.look()).toMatchObject({ sum: 13 });
  expect((await bank.stored("l", "ledger")).map((commit) => eventsIn(commit).length)).toEqual([1, 1, 1]);
});

it("durable waits for the store, and without changes for what the turn has seen", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors: [Ledger], faults: held.faults });
  const { ask } = bank.system.ref(Ledger, "l");
  const all = [ask.add(1), ask.waitDurable()].map(watch);
  await bank.time.settle();
  expect(all.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
  held.open();
  await bank.time.settle();
  expect(all.map(({ state }) => state)).toEqual(["done: 1", "done: undefined"]);
  await ask.waitDurable();
});

it("durable rejects with IncarnationLost when another writer has taken over, and the command runs again", async () => {
  const store = memory();
  const held = hold("append");
  await using one = await openBank({ actors: [Ledger], store, faults: held.faults });
  const split = watch(one.system.ref(Ledger, "l").ask.split(1, 2));
  await one.time.settle();
  await using two = await openBank({ actors: [Ledger], store });
  await two.system.ref(Ledger, "l").ask.add(100);
  held.open();
  await one.time.advance(50);
  expect(split.state).toBe("done: 103");
});

it("persist outside of a turn is NoOpenTurn, in a replaced object IncarnationLost", async () => {
  await using bank = await openBank({ actors: [Ledger] });
  const { ask } = bank.system.ref(Ledger, "l");
  await ask.leak();
  expect(() => late?.()).toThrow(expect.objectContaining({ code: "PERSISTENCE_NO_OPEN_TURN" }));
  await bank.local.release(() => true);
  expect(() => late?.()).toThrow(expect.objectContaining({ code: "PERSISTENCE_INCARNATION_LOST" }));
});

it("a system without persistence says what to add", async () => {
  await expect(createSystem({ name: "t", actors: [Ledger], log: false })).rejects.toMatchObject({
    code: "ACTOR_PORT_MISSING",
    message: expect.stringContaining('Ledger, an EventSourcedActor, needs "event-sourcing"') as string,
  });
});

it.each([
  ["no events", {}, "must list its events"],
  ["a version that is none", { events: { added: 0 } }, "static events.added is 0"],
  ["a policy that is none", { events: { added: 1 }, snapshots: 100 }, "static snapshots is a number"],
  ["a snapshot version that is none", { events: { added: 1 }, snapshotVersion: 1.5 }, "static snapshotVersion is 1.5"],
])("a class with %s is refused at start", async (_, statics, message) => {
  const Wrong = Object.assign(
    class extends EventSourcedActor<{ type: "added" }> {
      static type = "wrong";
      state = 0;
      apply(): void {}
    },
    statics,
  );
  const plugins = [persistence({ store: memory() })];
  await expect(createSystem({ name: "t", actors: [Wrong], plugins, log: false })).rejects.toThrow(message);
});

it("volatile and durable actors live side by side", async () => {
  class Plain extends Actor {
    static type = "plain";
    async pass(n: number): Promise<number> {
      return this.ctx.ref(Ledger, "l").ask.add(n);
    }
  }
  await using bank = await openBank({ actors: [Ledger, Plain] });
  expect(await bank.system.ref(Plain, "p").ask.pass(4)).toBe(4);
});

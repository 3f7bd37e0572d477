// Repeats of commands: recognised, answered as the first time, and never done again.
import type { ActorRef } from "@aether/actor";
import { EventSourcedActor, everyNEvents, type Events, noSnapshots } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { Account } from "./account.ts";
import { type Bank, hold, openBank, watch } from "./bank.ts";

type Added = { type: "added"; n: number };
class Adder extends EventSourcedActor<Added> {
  static type = "adder";
  static readonly events: Events<Added> = { added: 1 };
  static readonly snapshots = everyNEvents(2);
  state = 0;
  apply(event: Added): void {
    this.state += event.n;
  }
  add(n: number, reply?: unknown): unknown {
    this.persist({ type: "added", n });
    return reply === undefined ? this.state : reply;
  }
  take(n: number): unknown {
    return this.add(-n);
  }
  large(n: number, size: number): string {
    this.persist({ type: "added", n });
    return "x".repeat(size);
  }
  odd(n: number, kind: "symbol" | "bigint" | "nan" | "map" | "nothing" | "null"): unknown {
    this.persist({ type: "added", n });
    return { symbol: Symbol("s"), bigint: 1n, nan: Number.NaN, map: new Map(), nothing: undefined, null: null }[kind];
  }
  look(): number {
    return this.state;
  }
  async askOther(n: number): Promise<unknown> {
    return this.ctx.ref(Adder, "other").ask.add(n);
  }
  tellOther(n: number): void {
    this.ctx.ref(Adder, "other").tell.add(n);
  }
}
class Unsaved extends Adder {
  static override type = "unsaved";
  static override readonly events: Events<Added> = { added: 1 };
  static override readonly snapshots = noSnapshots;
}

const actors = [Account, Adder, Unsaved];
const named = <A extends Account | Adder>(ref: ActorRef<A>, commandId: string) => ref.with({ commandId });

it.each([
  ["as soon as it is stored", async () => undefined],
  ["in the next incarnation", (bank: Bank) => bank.local.release(() => true)],
])("a repeat gets the first reply and changes nothing: %s", async (_, between) => {
  await using bank = await openBank({ actors });
  for (const actorClass of [Adder, Unsaved]) {
    const ref = bank.system.ref(actorClass, "a");
    expect(await named(ref, "one").ask.add(1, { deep: ["reply"] })).toEqual({ deep: ["reply"] });
    expect(await named(ref, "two").ask.add(2)).toBe(3);
    expect(await named(ref, "three").ask.odd(4, "nothing")).toBe(undefined);
    expect(await named(ref, "four").ask.odd(8, "null")).toBe(null);
    await between(bank);
    expect(await named(ref, "one").ask.add(1, { deep: ["reply"] })).toEqual({ deep: ["reply"] });
    expect(await named(ref, "two").ask.add(2)).toBe(3);
    expect(await named(ref, "three").ask.odd(4, "nothing")).toBe(undefined);
    expect(await named(ref, "four").ask.odd(8, "null")).toBe(null);
    expect(await ref.ask.look()).toBe(15);
  }
  expect(bank.metrics().repeatedCommands).toBe(8);
});

it("a repeat is recognised by another system, from history and from a snapshot", async () => {
  const store = memory();
  for (let round = 0; round < 3; round++) {
    await using bank = await openBank({ store, actors });
    for (const actorClass of [Adder, Unsaved]) {
      const ref = bank.system.ref(actorClass, "a");
      for (const n of [1, 2, 3]) await named(ref, `order-${n}`).ask.add(n);
      expect(await named(ref, "order-2").ask.add(2)).toBe(3);
      expect(await ref.ask.look()).toBe(6);
    }
    const { snapshots } = bank.metrics();
    if (round > 0) expect(snapshots).toMatchObject({ recoveries: 2, withSnapshot: 1 });
    await bank.time.advance(1);
  }
});

it("a repeat of a command that is not stored yet waits, and gets the same reply", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors, faults: held.faults });
  const ref = named(bank.system.ref(Adder, "a"), "one");
  const seen = [watch(ref.ask.add(1)), watch(ref.ask.add(1))];
  await bank.time.settle();
  expect(seen.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
  held.open();
  await bank.time.settle();
  expect(seen.map(({ state }) => state)).toEqual(["done: 1", "done: 1"]);
});

it("a repeat of a command whose commit is rejected runs as new", async () => {
  const held = hold("append", (n) => (n === 1 ? { type: "rejected" } : undefined));
  await using bank = await openBank({ actors, faults: held.faults });
  const ref = named(bank.system.ref(Adder, "a"), "one");
  const first = watch(ref.ask.add(1));
  await bank.time.settle();
  const repeat = watch(ref.ask.add(1));
  await bank.time.settle();
  held.open();
  await bank.time.settle();
  expect([first.state, repeat.state]).toEqual(["failed: PERSISTENCE_COMMIT_REJECTED", "done: 1"]);
});

it("the same id with another command or other arguments is CommandIdReused and changes nothing", async () => {
  await using bank = await openBank({ actors });
  const ref = bank.system.ref(Adder, "a");
  await named(ref, "one").ask.add(1);
  const reused = { code: "PERSISTENCE_COMMAND_ID_REUSED", data: { actor: "adder/a", commandId: "one" } };
  await expect(named(ref, "one").ask.add(2)).rejects.toMatchObject(reused);
  await expect(named(ref, "one").ask.take(1)).rejects.toMatchObject(reused);
  await bank.local.release(() => true);
  await expect(named(ref, "one").ask.add(2)).rejects.toMatchObject(reused);
  expect(await ref.ask.look()).toBe(1);
});

it("arguments that JSON would change are refused to the caller, by path, and no id is used up", async () => {
  await using bank = await openBank({ actors });
  const ref = bank.system.ref(Adder, "a");
  await named(ref, "one").ask.add(1);
  await expect(named(ref, "one").ask.add(1n as never)).rejects.toThrow('arguments of "add" at [0] holds a bigint');
  expect(await ref.ask.add(1)).toBe(2);
});

it("a reply too large to keep is given once, and a repeat learns that it is done and since when", async () => {
  await using bank = await openBank({ actors });
  const ref = bank.system.ref(Adder, "a");
  expect((await named(ref, "fits").ask.large(1, 4_000)).length).toBe(4_000);
  expect((await named(ref, "fits").ask.large(1, 4_000)).length).toBe(4_000);
  expect((await named(ref, "large").ask.large(1, 5_000)).length).toBe(5_000);
  await expect(named(ref, "large").ask.large(1, 5_000)).rejects.toMatchObject({
    code: "PERSISTENCE_COMMAND_ALREADY_DONE",
    data: { commandId: "large", version: 2 },
  });
  expect(await ref.ask.look()).toBe(2);
});

it("a returned Rejection keeps its events, and a repeat gets it again, also from the store", async () => {
  await using bank = await openBank({ actors });
  const ref = bank.system.ref(Account, "alice");
  for (let i = 0; i < 3; i++) {
    await expect(named(ref, "one").ask.depositThenRefuse(4)).rejects.toMatchObject({
      code: "noted",
      data: { amount: 4 },
    });
    if (i === 1) await bank.local.release(() => true);
  }
  expect(await ref.ask.look()).toMatchObject({ balance: 4 });
});

it("a command that persisted nothing is not remembered", async () => {
  await using bank = await openBank({ actors });
  const ref = named(bank.system.ref(Account, "alice"), "one");
  await expect(ref.ask.withdraw(1)).rejects.toMatchObject({ code: "insufficient-funds" });
  expect(await ref.ask.deposit(1)).toBe(1);
});

it("a command that threw is not remembered", async () => {
  await using bank = await openBank({ actors });
  const ref = named(bank.system.ref(Account, "alice"), "one");
  await expect(ref.ask.depositThenThrow(1)).rejects.toMatchObject({ code: "ACTOR_FAILED" });
  expect(await ref.ask.deposit(1)).toBe(1);
});

it.each(["symbol", "bigint", "nan", "map"] as const)(
  "a reply that cannot be stored (%s) undoes its turn",
  async (kind) => {
    await using bank = await openBank({ actors });
    const ref = bank.system.ref(Adder, "a");
    await expect(ref.ask.odd(1, kind)).rejects.toMatchObject({ code: "ACTOR_FAILED" });
    await bank.local.release(() => true);
    expect(await ref.ask.add(2)).toBe(2);
  },
);

it("what a command asks and tells others is recognised when it is repeated", async () => {
  await using bank = await openBank({ actors });
  const ref = bank.system.ref(Adder, "a");
  expect(await named(ref, "one").ask.askOther(5)).toBe(5);
  expect(await named(ref, "one").ask.askOther(5)).toBe(5);
  for (let i = 0; i < 3; i++) await named(ref, "two").ask.tellOther(7);
  await bank.time.settle();
  expect(await bank.system.ref(Adder, "other").ask.look()).toBe(12);
});

it("named commands live for a number and an age, up to a hard cap; past it a repeat runs as new", async () => {
  const commandHorizon = { minCount: 2, minAgeMs: 1_000, maxCount: 4 };
  await using bank = await openBank({ actors, commandHorizon });
  const ref = bank.system.ref(Adder, "a");
  const add = (id: string) => named(ref, id).ask.add(1);
  for (const id of ["1", "2", "3", "4"]) await add(id);
  expect(await add("1")).toBe(1);
  expect(await add("5")).toBe(5);
  expect(await add("2")).toBe(2);
  expect(await add("1")).toBe(6);
  await bank.time.advance(1_000);
  expect(await add("6")).toBe(7);
  expect(await add("1")).toBe(6);
  expect(await add("5")).toBe(8);
});

it("what a session has an answer for is forgotten with its next command, and snapshots stay small", async () => {
  const store = memory();
  await using bank = await openBank({ store, actors });
  const ref = bank.system.ref(Adder, "a");
  for (let i = 0; i < 20; i++) await ref.ask.add(1);
  const { snapshots } = await store.open({ systemName: "bank", warn: () => undefined });
  const newest = await snapshots.load({ type: "adder", id: "a" });
  const { commands } = JSON.parse(Buffer.from(newest?.bytes ?? []).toString()) as {
    commands: { named: unknown[]; sessions: [string, number, unknown[]][] };
  };
  expect(commands.named).toEqual([]);
  expect(commands.sessions.map(([, , open]) => open.length)).toEqual([1]);
  expect(commands.sessions[0]?.[1]).toBeGreaterThan(15);
});

it("a late copy of a command that its session has an answer for is dropped, and does nothing", async () => {
  await using bank = await openBank({ actors });
  const ref = bank.system.ref(Adder, "a");
  await ref.ask.add(1);
  await ref.ask.add(1);
  const session = /~(\w+)\.1"/.exec((await bank.stored("a", "adder"))[0] ?? "")?.[1];
  const late = new Promise((resolve) => {
    bank.local.deliver({
      to: ref.address,
      command: "add",
      args: [1],
      deadline: 5_000,
      reply: {
        wantsReply: true,
        isSettled: false,
        succeed: resolve,
        fail: resolve,
        undelivered: (_, why) => resolve(why),
      },
      sender: undefined,
      commandId: `~${session}.1`,
      answeredBelow: 1,
      chain: [],
      headers: undefined,
      next: undefined,
    });
  });
  expect(await late).toMatchObject({ code: "PERSISTENCE_COMMAND_FORGOTTEN" });
  expect(await ref.ask.look()).toBe(2);
});

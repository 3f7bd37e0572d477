// A command that `durable()` has split and that did not end: a repeat is told so, and is not done from its beginning again.
import { Actor, type ActorRef, Rejection } from "@aether/actor";
import { EventSourcedActor, everyNEvents, type Events } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import type { Fault } from "@aether/persistence/testing";
import { expect, it } from "vitest";
import { type Bank, hold, openBank, watch } from "./bank.ts";

type Added = { type: "added"; n: number };
type Rest = "add" | "nothing" | "throw" | "refuse" | "return a refusal" | "hang";

const heard: string[] = [];
class Ear extends Actor {
  static type = "ear";
  hear(what: string): void {
    heard.push(what);
  }
}

class Splitter extends EventSourcedActor<Added> {
  static type = "splitter";
  static readonly events: Events<Added> = { added: 1 };
  static readonly snapshots = everyNEvents(1);
  state = 0;
  apply({ n }: Added): void {
    this.state += n;
  }
  add(n: number): number {
    return this.persist({ type: "added", n });
  }
  async split(rest: Rest): Promise<unknown> {
    this.add(1);
    await this.durable();
    if (rest === "add") return this.add(10);
    if (rest === "throw") throw new Error("bug");
    if (rest === "refuse") throw new Rejection("no");
    if (rest === "return a refusal") return new Rejection("noted");
    if (rest === "hang") await new Promise(() => undefined);
    return "done";
  }
  async tellAndSplit(rest: Rest): Promise<unknown> {
    this.ctx.ref(Ear, "ear").tell.hear("before");
    try {
      return await this.split(rest);
    } finally {
      this.ctx.ref(Ear, "ear").tell.hear("after");
    }
  }
  async splitTwice(): Promise<number> {
    this.add(1);
    await this.durable();
    this.add(2);
    await this.durable();
    return this.add(4);
  }
  look(): number {
    return this.state;
  }
}

class Unsaved extends Splitter {
  static override type = "unsaved";
  static override readonly events: Events<Added> = { added: 1 };
  static override readonly snapshots = () => false;
}

const actors = [Splitter, Unsaved, Ear];
const refOf = (bank: Bank, actorClass: typeof Splitter, commandId = "one") =>
  bank.system.ref(actorClass, "s").with({ commandId });
const interrupted = (version: number) => ({
  code: "PERSISTENCE_COMMAND_INTERRUPTED",
  data: { commandId: "one", version },
  retryable: false,
});

it.each([
  ["from its snapshot", Splitter],
  ["from its events", Unsaved],
])("a repeat is refused by the same process and by the next, %s", async (_, actorClass) => {
  const store = memory();
  {
    await using bank = await openBank({ actors, store });
    const ref = refOf(bank, actorClass);
    await expect(ref.ask.split("throw")).rejects.toMatchObject({ code: "ACTOR_FAILED" });
    await expect(ref.ask.split("throw")).rejects.toMatchObject(interrupted(1));
    await bank.local.release(() => true);
    await expect(ref.ask.split("throw")).rejects.toMatchObject(interrupted(1));
    await expect(ref.ask.split("add")).rejects.toMatchObject({ code: "PERSISTENCE_COMMAND_ID_REUSED" });
  }
  await using bank = await openBank({ actors, store });
  await expect(refOf(bank, actorClass).ask.split("throw")).rejects.toMatchObject(interrupted(1));
  expect(await bank.system.ref(actorClass, "s").ask.look()).toBe(1);
});

it("a refusal that is thrown behind the split interrupts the command too, one that is returned ends it", async () => {
  await using bank = await openBank({ actors });
  const ref = refOf(bank, Splitter);
  await expect(ref.ask.split("refuse")).rejects.toMatchObject({ code: "no" });
  await expect(ref.ask.split("refuse")).rejects.toMatchObject(interrupted(1));
  const other = refOf(bank, Splitter, "two");
  for (let i = 0; i < 3; i++) {
    await expect(other.ask.split("return a refusal")).rejects.toMatchObject({ code: "noted" });
    if (i === 1) await bank.local.release(() => true);
  }
  expect(await bank.system.ref(Splitter, "s").ask.look()).toBe(2);
});

it("one that ends, with or without more events, is done: repeats get its reply, from the store as well", async () => {
  await using bank = await openBank({ actors });
  for (const actorClass of [Splitter, Unsaved]) {
    for (let i = 0; i < 3; i++) {
      expect(await refOf(bank, actorClass, "more").ask.split("add")).toBe(11);
      expect(await refOf(bank, actorClass, "no more").ask.split("nothing")).toBe("done");
      await bank.time.settle();
      if (i > 0) await bank.local.release(() => true);
    }
    expect(await bank.system.ref(actorClass, "s").ask.look()).toBe(12);
  }
});

it("the process ends behind the split: the next one refuses the repeat", async () => {
  const store = memory();
  const one = await openBank({ actors, store });
  watch(refOf(one, Splitter).ask.split("hang"));
  await one.time.settle();
  await using two = await openBank({ actors, store });
  await expect(refOf(two, Splitter).ask.split("hang")).rejects.toMatchObject(interrupted(1));
  one.local.abandon(() => true);
  await one.system.stop();
});

it("one part was stored when the fence was lost: the command that its node sends again is refused", async () => {
  const store = memory();
  const held = hold("append");
  await using one = await openBank({ actors, store, faults: held.faults });
  const split = watch(refOf(one, Splitter).ask.splitTwice());
  await one.time.settle();
  held.next();
  await one.time.settle();
  await using two = await openBank({ actors, store });
  await two.system.ref(Splitter, "s").ask.add(100);
  held.open();
  await one.time.advance(100);
  expect(split.state).toBe("failed: PERSISTENCE_COMMAND_INTERRUPTED");
  expect(await one.system.ref(Splitter, "s").ask.look()).toBe(101);
});

it("a part whose commit was refused interrupts the command where an earlier part is stored, and only there", async () => {
  const reject = (at: number) => (n: number) => (n === at ? ({ type: "rejected" } satisfies Fault) : undefined);
  for (const [at, repeat, sum] of [
    [1, "done: 7", 7],
    [2, "failed: PERSISTENCE_COMMAND_INTERRUPTED", 1],
    [3, "failed: PERSISTENCE_COMMAND_INTERRUPTED", 3],
  ] as const) {
    await using bank = await openBank({
      actors,
      faults: ({ operation, n }) => (operation === "append" ? reject(at)(n) : undefined),
    });
    const ref = refOf(bank, Splitter);
    await expect(ref.ask.splitTwice()).rejects.toMatchObject({ code: "PERSISTENCE_COMMIT_REJECTED" });
    const repeated = watch(ref.ask.splitTwice());
    await bank.time.settle();
    expect([repeated.state, await bank.system.ref(Splitter, "s").ask.look()]).toEqual([repeat, sum]);
  }
});

it("each part is marked, and the last one says how the command ended", async () => {
  await using bank = await openBank({ actors });
  expect(await refOf(bank, Unsaved).ask.splitTwice()).toBe(7);
  const turns = (await bank.stored("s", "unsaved")).flatMap(
    (text) => (JSON.parse(text) as { turns: { command?: string; outcome?: unknown }[] }).turns,
  );
  expect(turns.map(({ command, outcome }) => [command, outcome])).toEqual([
    ["one", { split: true }],
    ["one", { split: true }],
    ["one", { reply: 7 }],
  ]);
});

it.each([
  ["add", ["before", "after"]],
  ["throw", ["before"]],
] as const)("what was told before the split leaves once that part is stored (the rest: %s)", async (rest, all) => {
  heard.length = 0;
  const held = hold("append");
  await using bank = await openBank({ actors, faults: held.faults });
  watch(refOf(bank, Splitter).ask.tellAndSplit(rest));
  await bank.time.settle();
  expect(heard).toEqual([]);
  held.next();
  await bank.time.settle();
  expect(heard).toEqual(["before"]);
  held.open();
  await bank.time.settle();
  expect(heard).toEqual(all);
});

it("a split-off part that is refused has told nobody anything", async () => {
  heard.length = 0;
  await using bank = await openBank({
    actors,
    faults: ({ operation }) => (operation === "append" ? { type: "rejected" } : undefined),
  });
  await expect(refOf(bank, Splitter).ask.tellAndSplit("add")).rejects.toMatchObject({
    code: "PERSISTENCE_COMMIT_REJECTED",
  });
  await bank.time.settle();
  expect(heard).toEqual([]);
});

it.each([
  ["while its turn is open", (tell: ActorRef<Splitter>["tell"]) => tell.splitTwice()],
  ["after its turn has ended", (tell: ActorRef<Splitter>["tell"]) => tell.split("add")],
] as const)(
  "a tell without an id is not begun again where a part is stored and a later one not: %s",
  async (_, send) => {
    const store = memory();
    const held = hold("append", (n) => (n === 2 ? { type: "conflict" } : undefined));
    await using bank = await openBank({ actors, store, faults: held.faults });
    const ref = bank.system.ref(Splitter, "s");
    send(ref.tell);
    await bank.time.settle();
    held.open();
    await bank.time.advance(1_000);
    expect([await ref.ask.look(), bank.of("dead-letter").length]).toEqual([1, 1]);
  },
);

it.each([
  ["in flight", false],
  ["stored", true],
])("a tell without an id whose actor is given up is not begun again, its part %s", async (_, isStored) => {
  const held = hold("append");
  await using bank = await openBank({ actors, faults: held.faults });
  const ref = bank.system.ref(Splitter, "s");
  ref.tell.split("hang");
  await bank.time.settle();
  if (isStored) held.open();
  await bank.time.settle();
  bank.local.abandon(() => true);
  held.open();
  await bank.time.advance(1_000);
  expect([await ref.ask.look(), bank.of("dead-letter").length]).toEqual([1, 1]);
});

it("a command that is tried again after a failure is not, once a part of it is stored", async () => {
  class Tried extends Splitter {
    static override type = "tried";
    static override readonly events: Events<Added> = { added: 1 };
    static readonly supervision = { retries: 3 };
  }
  await using bank = await openBank({ actors: [Tried, Ear] });
  const ref = bank.system.ref(Tried, "s");
  const split = watch(ref.ask.split("throw"));
  await bank.time.advance(10_000);
  expect([split.state, await ref.ask.look()]).toEqual(["failed: ACTOR_FAILED", 1]);
});

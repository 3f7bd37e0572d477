// Which ids commands get, and how long they are recognised: what repeats rely on.
import { Actor, type ActorRef } from "@aether/actor";
import { EventSourcedActor, type Events } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { RememberedSessions } from "../src/remembered-sessions.ts";
import { type Bank, hold, openBank, watch } from "./bank.ts";

type Added = { type: "added"; n: number };

class Adder extends EventSourcedActor<Added> {
  static type = "adder";
  static readonly events: Events<Added> = { added: 1 };
  state = 0;
  apply({ n }: Added): void {
    this.state += n;
  }
  add(n: number): number {
    return this.persist({ type: "added", n });
  }
  look(): number {
    return this.state;
  }
  async fanOut(): Promise<number> {
    const other = this.ctx.ref(Adder, "other");
    other.tell.add(1);
    await other.ask.add(10);
    other.tell.add(100);
    return this.add(1);
  }
  throughAnother(): Promise<number> {
    return this.ctx.ref(Middle, "m").ask.pass();
  }
}

class Middle extends Actor {
  static type = "middle";
  pass(): Promise<number> {
    return this.ctx.ref(Adder, "other").ask.add(1);
  }
}

const actors = [Adder, Middle];

async function commandsIn(bank: Bank, id: string): Promise<(string | undefined)[]> {
  const commits = await bank.stored(id, "adder");
  const turns = commits.flatMap((text) => (JSON.parse(text) as { turns: { command?: string }[] }).turns);
  return turns.map(({ command }) => command);
}

const session = (id: string | undefined): string => /^~+(\w+)\.1/.exec(id ?? "")?.[1] ?? "none";

/** A copy of an earlier message, as a slow network would bring it. */
function late(bank: Bank, ref: ActorRef<Adder>, commandId: string, isAsk = true): { state: string } {
  return watch(
    new Promise((resolve, reject) => {
      const reply = {
        wantsReply: isAsk,
        isSettled: false,
        succeed: resolve,
        fail: reject,
        undelivered: () => undefined,
      };
      const envelope = { to: ref.address, command: "add", args: [1], deadline: 50_000, reply, sender: undefined };
      bank.local.deliver({ ...envelope, commandId, answeredBelow: 1, chain: [], headers: undefined, next: undefined });
    }),
  );
}

it("a tell from outside has no id and takes no number of the session; asks are numbered one by one", async () => {
  await using bank = await openBank({ actors });
  const { ask, tell } = bank.system.ref(Adder, "a");
  await ask.add(1);
  tell.add(1);
  await ask.add(1);
  const [first, told, second] = await commandsIn(bank, "a");
  const s = session(first);
  expect([first, told, second]).toEqual([`~${s}.1`, undefined, `~${s}.2`]);
});

it("what a turn tells and asks is numbered by its parent, and the same again when the turn runs again", async () => {
  const store = memory();
  const held = hold("append", (n) => (n === 3 ? { type: "conflict" } : undefined));
  held.open();
  await using bank = await openBank({ actors, store, faults: held.faults });
  const fanned = watch(bank.system.ref(Adder, "a").ask.fanOut());
  await bank.time.advance(1_000);
  expect([fanned.state, bank.metrics().conflicts]).toEqual(["done: 1", 1]);
  const [parent] = await commandsIn(bank, "a");
  const s = session(parent);
  expect(await commandsIn(bank, "other")).toEqual([`~~${s}.1/1`, `~${s}.1/2`, `~~${s}.1/3`]);
  expect(await bank.system.ref(Adder, "other").ask.look()).toBe(111);
});

it("what a command with a caller's own id leads to is no session's, through other actors too", async () => {
  await using bank = await openBank({ actors });
  const named = bank.system.ref(Adder, "a").with({ commandId: "order" });
  await named.ask.fanOut();
  await named.with({ commandId: "way" }).ask.throughAnother();
  expect(await commandsIn(bank, "other")).toEqual(["~~order/1", "~~order/2", "~~order/3", "~~way/1/1"]);
});

it("an ask that expired counts as answered: the session's mark passes it, and a late copy is dropped", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors, faults: held.faults });
  const ref = bank.system.ref(Adder, "a");
  const expired = watch(ref.with({ timeoutMs: 50 }).ask.add(1));
  await bank.time.advance(100);
  expect(expired.state).toBe("failed: PERSISTENCE_OUTCOME_UNKNOWN");
  held.open();
  await bank.time.settle();
  expect(await ref.ask.add(1)).toBe(2);
  const [first] = await commandsIn(bank, "a");
  const copy = late(bank, ref, first ?? "");
  await bank.time.settle();
  expect(copy.state).toBe("failed: PERSISTENCE_COMMAND_FORGOTTEN");
  expect(await ref.ask.look()).toBe(2);
});

it("while an earlier ask of the session is unanswered, what came after it is recognised", async () => {
  const never = new Promise(() => undefined);
  await using bank = await openBank({
    actors,
    faults: ({ operation, actor }) =>
      operation === "append" && actor.id === "slow" ? { type: "wait", until: never } : undefined,
  });
  const slow = watch(bank.system.ref(Adder, "slow").with({ timeoutMs: 60_000 }).ask.add(1));
  const ref = bank.system.ref(Adder, "a");
  expect([await ref.ask.add(1), await ref.ask.add(1), slow.state]).toEqual([1, 2, "waiting"]);
  const [second] = await commandsIn(bank, "a");
  const copy = late(bank, ref, second ?? "");
  await bank.time.settle();
  expect([second?.endsWith(".2"), copy.state, await ref.ask.look()]).toEqual([true, "done: 1", 2]);
});

it.each([
  ["is sent again and done once", 10_000, 1],
  ["is not sent again past its deadline", 20, 0],
])("a tell whose commit met a conflict %s", async (_, timeoutMs, sum) => {
  const held = hold("append", (n) => (n === 1 ? { type: "conflict" } : undefined));
  await using bank = await openBank({ actors, faults: held.faults });
  const ref = bank.system.ref(Adder, "a");
  ref.with({ timeoutMs }).tell.add(1);
  await bank.time.advance(100);
  held.open();
  await bank.time.advance(1_000);
  expect([await ref.ask.look(), bank.of("dead-letter").length]).toEqual([sum, 1 - sum]);
});

it("sessions are remembered by number too: the one that was heard of longest ago goes, and runs as new", () => {
  const sessions = new RememberedSessions(10_000_000);
  const command = (id: string) => ({ id, version: 1, time: 0, digest: undefined, outcome: "{}" });
  const put = (s: string): void => sessions.remember({ session: s, n: 1 }, command(`~${s}.1`));
  for (let i = 0; i < 1_000; i++) put(`s${i}`);
  expect(sessions.get({ session: "s0", n: 1 }, "~s0.1")).toBeDefined();
  put("s1000");
  expect(sessions.get({ session: "s0", n: 1 }, "~s0.1")).toBeDefined();
  expect(sessions.get({ session: "s1", n: 1 }, "~s1.1")).toBeUndefined();
  expect(sessions.isAnswered({ session: "s1", n: 1 }, 1)).toBe(false);
});

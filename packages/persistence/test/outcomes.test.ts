// The four outcomes of an append, and what becomes of the commands that were in it.
import { Actor, type ActorSystem } from "@aether/actor";
import { createVirtualTime } from "@aether/actor/testing";
import { EventSourcedActor, type Events, persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import type { Faults } from "@aether/persistence/testing";
import { expect, it } from "vitest";
import { Account } from "./account.ts";
import { eventsIn, hold, openBank, watch } from "./bank.ts";

const onAppend =
  (...faults: ("throw-before" | "throw-after" | "rejected" | "conflict" | undefined)[]): Faults =>
  ({ operation, n }) => {
    const type = operation === "append" ? faults[n - 1] : undefined;
    return type === undefined ? undefined : { type };
  };
const amounts = (commits: string[]) => commits.flatMap((commit) => eventsIn(commit).map(({ amount }) => amount));

it.each(["throw-before", "throw-after"] as const)(
  "an unknown outcome (%s) ends committed, exactly once",
  async (fault) => {
    await using bank = await openBank({ faults: onAppend(fault, fault, fault) });
    const { ask } = bank.system.ref(Account, "alice");
    const deposit = watch(ask.deposit(5));
    await bank.time.settle();
    expect(deposit.state).toBe("waiting");
    await bank.time.advance(3_000);
    expect(deposit.state).toBe("done: 5");
    expect(amounts(await bank.stored("alice"))).toEqual([5]);
    expect(bank.of("append-unknown").map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(bank.metrics()).toMatchObject({ commits: 1, events: 1, repeatedAppends: 3 });
  },
);

it("an unknown outcome is never decided by the clock: callers end by their deadlines, the event stays in doubt", async () => {
  let isDown = true;
  const faults: Faults = ({ operation }) => (operation === "append" && isDown ? { type: "throw-after" } : undefined);
  await using bank = await openBank({ faults });
  const { ask } = bank.system.ref(Account, "alice");
  const deposit = watch(ask.deposit(5));
  await bank.time.advance(60_000);
  expect(deposit.state).toBe("failed: PERSISTENCE_OUTCOME_UNKNOWN");
  isDown = false;
  await bank.time.advance(2_000);
  expect(await ask.deposit(1)).toBe(6);
  expect(amounts(await bank.stored("alice"))).toEqual([5, 1]);
});

it("the mailbox pauses while an outcome is unknown", async () => {
  let isDown = true;
  const faults: Faults = ({ operation }) => (operation === "append" && isDown ? { type: "throw-before" } : undefined);
  await using bank = await openBank({ faults });
  const { ask } = bank.system.ref(Account, "alice");
  const first = watch(ask.deposit(1));
  await bank.time.settle();
  const looked = watch(ask.withdraw(1_000));
  await bank.time.advance(500);
  expect([first.state, looked.state]).toEqual(["waiting", "waiting"]);
  expect(bank.time.timers).toBeGreaterThan(0);
  isDown = false;
  await bank.time.advance(2_000);
  expect([first.state, looked.state]).toEqual(["done: 1", "failed: insufficient-funds"]);
});

it("a rejected commit fails its callers, and the turns on top of it run again without it", async () => {
  const held = hold("append", (n) => (n === 2 ? { type: "rejected", reason: "disk full" } : undefined));
  await using bank = await openBank({ faults: held.faults });
  const { ask } = bank.system.ref(Account, "alice");
  const first = ask.deposit(1);
  await bank.time.settle();
  const second = ask.deposit(10);
  await bank.time.settle();
  held.next();
  await bank.time.settle();
  const stacked = [watch(ask.withdraw(10)), watch(ask.deposit(100)), watch(ask.look())];
  await bank.time.settle();
  held.open();
  await expect(second).rejects.toMatchObject({
    code: "PERSISTENCE_COMMIT_REJECTED",
    data: { actor: "account/alice", reason: "disk full" },
  });
  await bank.time.settle();
  expect(await first).toBe(1);
  expect(stacked.map(({ state }) => state)).toEqual([
    "failed: insufficient-funds",
    "done: 101",
    'done: {"balance":101,"entries":[1,100]}',
  ]);
  expect(amounts(await bank.stored("alice"))).toEqual([1, 100]);
  expect(bank.metrics()).toMatchObject({ rejections: 1, commits: 2 });
});

it("a rejected commit keeps the order of what runs again and of what still waits in the mailbox", async () => {
  const held = hold("append", (n) => (n === 1 ? { type: "rejected" } : undefined));
  await using bank = await openBank({ faults: held.faults, maxWaitingTurns: 2 });
  const { ask } = bank.system.ref(Account, "alice");
  const refused = watch(ask.deposit(1));
  await bank.time.settle();
  const rest = [2, 3, 4, 5].map((amount) => ask.deposit(amount));
  await bank.time.settle();
  held.open();
  expect(await Promise.all(rest)).toEqual([2, 5, 9, 14]);
  expect(refused.state).toBe("failed: PERSISTENCE_COMMIT_REJECTED");
});

it("a split turn whose part was rejected gets the error and is not run for ever", async () => {
  let appends = 0;
  const faults: Faults = ({ operation }) =>
    operation === "append" && ++appends < 50 ? { type: "rejected", reason: "disk full" } : undefined;
  await using bank = await openBank({ faults });
  const { ask, tell } = bank.system.ref(Account, "alice");
  const split = watch(ask.depositTwice(1));
  tell.depositTwice(1);
  await bank.time.settle();
  expect(split.state).toBe("failed: PERSISTENCE_COMMIT_REJECTED");
  expect(appends).toBe(2);
  expect(await ask.look()).toEqual({ balance: 0, entries: [] });
});

it("a conflict sends the commands again, and they see what the other writer stored", async () => {
  const store = memory();
  const time = createVirtualTime();
  await using one = await openBank({ store, time });
  const a = one.system.ref(Account, "alice");
  expect(await a.ask.deposit(1)).toBe(1);
  await time.advance(5);
  await using two = await openBank({ store, time });
  expect(await two.system.ref(Account, "alice").ask.deposit(10)).toBe(11);
  const answers = [watch(a.ask.deposit(100)), watch(a.ask.withdraw(111)), watch(a.ask.look())];
  await time.advance(100);
  expect(answers.map(({ state }) => state)).toEqual([
    "done: 111",
    "done: 0",
    'done: {"balance":0,"entries":[1,10,100,-111]}',
  ]);
  expect(one.metrics().conflicts).toBe(1);
  expect(one.of("incarnation-lost")).toMatchObject([{ address: "account/alice" }]);
  expect(amounts(await one.stored("alice"))).toEqual([1, 10, 100, 111]);
});

it("two systems that fight over one actor lose nothing and double nothing", async () => {
  const store = memory();
  const time = createVirtualTime();
  await using one = await openBank({ store, time });
  await time.advance(1);
  await using two = await openBank({ store, time });
  const seen: { state: string }[] = [];
  for (let i = 0; i < 40; i++) {
    const system: ActorSystem = (i % 3 === 0 ? one : two).system;
    seen.push(
      watch(
        system
          .ref(Account, "alice")
          .with({ timeoutMs: 60_000 })
          .ask.deposit(2 ** (i % 20)),
      ),
    );
    if (i % 4 === 0) await time.advance(i % 5);
  }
  await time.advance(59_000);
  expect(seen.filter(({ state }) => !state.startsWith("done"))).toEqual([]);
  expect(amounts(await one.stored("alice")).length).toBe(40);
});

it("a takeover appends an empty commit, and the former writer's next append conflicts", async () => {
  const store = memory();
  const time = createVirtualTime();
  await using one = await openBank({ store, time });
  await one.system.ref(Account, "alice").ask.deposit(1);
  await using two = await openBank({ store, time });
  expect(await two.system.ref(Account, "alice").ask.look()).toMatchObject({ balance: 1 });
  const commits = (await one.stored("alice")).map((text) => JSON.parse(text) as Record<string, unknown>);
  expect(commits[1]).toMatchObject({ firstVersion: 2, events: [], turns: [] });
  expect(commits[1]?.["node"]).not.toBe(commits[0]?.["node"]);
  const late = watch(one.system.ref(Account, "alice").ask.deposit(10));
  await time.settle();
  expect([late.state, one.metrics().conflicts]).toEqual(["waiting", 1]);
  await time.advance(100);
  expect(late.state).toBe("done: 11");
});

it("the same process takes nothing over from itself", async () => {
  await using bank = await openBank();
  await bank.system.ref(Account, "alice").ask.deposit(1);
  await bank.local.release(() => true);
  await bank.system.ref(Account, "alice").ask.deposit(1);
  expect(await bank.stored("alice")).toHaveLength(2);
});

it("a tell that is stored is not sent again when its actor is given up", async () => {
  const held = hold("append");
  await using bank = await openBank({ faults: held.faults });
  const { tell, ask } = bank.system.ref(Account, "alice");
  tell.deposit(1);
  await bank.time.settle();
  bank.local.abandon(() => true);
  held.open();
  await bank.time.advance(1_000);
  expect(await ask.look()).toMatchObject({ balance: 1 });
  expect(bank.of("dead-letter")).toMatchObject([{ command: "deposit" }]);
});

it("an ask whose actor was given up while its commit was under way is done once", async () => {
  const held = hold("append");
  await using bank = await openBank({ faults: held.faults });
  const { ask } = bank.system.ref(Account, "alice");
  const deposit = watch(ask.deposit(1));
  await bank.time.settle();
  held.next();
  bank.local.abandon(() => true);
  held.open();
  await bank.time.advance(1_000);
  expect(deposit.state).toBe("done: 1");
  expect(amounts(await bank.stored("alice"))).toEqual([1]);
});

it.each(["rejected", "conflict"] as const)(
  "an outcome (%s) that comes once the actor was given up disturbs nobody, and the ask is done",
  async (type) => {
    const held = hold("append", (n) => (n === 1 ? { type } : undefined));
    await using bank = await openBank({ faults: held.faults });
    const deposit = watch(bank.system.ref(Account, "alice").ask.deposit(1));
    await bank.time.settle();
    bank.local.abandon(() => true);
    held.open();
    await bank.time.advance(1_000);
    expect([deposit.state, bank.of("incarnation-lost"), bank.metrics().rejections]).toEqual(["done: 1", [], 0]);
  },
);

class Founder extends EventSourcedActor<{ type: "founded" }> {
  static type = "founder";
  static readonly events: Events<{ type: "founded" }> = { founded: 1 };
  state = 0;
  override onStart(): void {
    if (this.state === 0) this.persist({ type: "founded" });
  }
  apply(): void {
    this.state++;
  }
  look(): number {
    return this.state;
  }
}

it("onStart may persist, once for the life of the actor", async () => {
  await using bank = await openBank({ actors: [Founder] });
  const { ask } = bank.system.ref(Founder, "f");
  expect(await ask.look()).toBe(1);
  await bank.local.release(() => true);
  expect(await ask.look()).toBe(1);
  expect(await bank.stored("f", "founder")).toHaveLength(1);
});

it("an onStart whose commit is rejected fails the activation and does not loop", async () => {
  let appends = 0;
  const faults: Faults = ({ operation }) =>
    operation === "append" && ++appends < 50 ? { type: "rejected" } : undefined;
  await using bank = await openBank({ actors: [Founder], faults });
  const { ask } = bank.system.ref(Founder, "f");
  await expect(ask.look()).rejects.toMatchObject({
    code: "ACTOR_ACTIVATION_FAILED",
    data: { causeCode: "PERSISTENCE_COMMIT_REJECTED" },
  });
  await bank.time.settle();
  expect(appends).toBe(1);
});

it("persistence names what is wrong with its options, and a system without it with its classes", async () => {
  const store = memory();
  for (const name of ["maxRecoveries", "recoverWithinMs", "maxWaitingTurns", "maxWaitingBytes"] as const) {
    expect(() => persistence({ store, [name]: 0 })).toThrow(`${name} is 0`);
  }
  expect(() => persistence({ store, maxWait: 1 } as never)).toThrow(/unknown option "maxWait"; there are store/);
  const volatile = class extends Actor {
    static type = "volatile";
  };
  await using bank = await openBank({ actors: [volatile] });
  expect(bank.metrics().commits).toBe(0);
});

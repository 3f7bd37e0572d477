// Callers whose time is up while the store has not said what became of their commands.
import { Actor } from "@aether/actor";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { Account } from "./account.ts";
import { eventsIn, hold, openBank, watch } from "./bank.ts";

const later = { timeoutMs: 600_000 };
const amounts = (commits: string[]) => commits.flatMap((commit) => eventsIn(commit).map(({ amount }) => amount));

it.each(["throw-before", "throw-after"] as const)(
  "an ask ends with OutcomeUnknown at its deadline (%s), and a repeat of its id settles it",
  async (type) => {
    let isDown = true;
    await using bank = await openBank({
      faults: ({ operation }) => (operation === "append" && isDown ? { type } : undefined),
    });
    const ref = bank.system.ref(Account, "alice");
    const deposit = watch(ref.with({ commandId: "order-1", timeoutMs: 3_000 }).ask.deposit(5));
    await bank.time.advance(2_900);
    expect(deposit.state).toBe("waiting");
    await bank.time.advance(200);
    expect(deposit.state).toBe("failed: PERSISTENCE_OUTCOME_UNKNOWN");
    const again = watch(ref.with({ commandId: "order-1", ...later }).ask.deposit(5));
    isDown = false;
    await bank.time.advance(10_000);
    expect(again.state).toBe("done: 5");
    expect(amounts(await bank.stored("alice"))).toEqual([5]);
  },
);

it("it names the id and how to settle it, and is retryable where the id is the caller's own", async () => {
  const held = hold("append");
  await using bank = await openBank({ faults: held.faults });
  const ref = bank.system.ref(Account, "alice");
  const own = ref.with({ commandId: "order-1", timeoutMs: 100 }).ask.deposit(1);
  const none = ref.with({ timeoutMs: 100 }).ask.deposit(1);
  const ends = Promise.allSettled([own, none]);
  await bank.time.advance(200);
  const [first, second] = (await ends).map((end) => (end as PromiseRejectedResult).reason as Error);
  expect(first).toMatchObject({
    code: "PERSISTENCE_OUTCOME_UNKNOWN",
    retryable: true,
    data: { actor: "account/alice", command: "deposit", commandId: "order-1" },
    message: expect.stringContaining("Ask again with the same id") as string,
  });
  expect(second).toMatchObject({
    retryable: false,
    data: { commandId: expect.stringMatching(/^~/) as string },
    message: expect.stringContaining("choose a commandId") as string,
  });
  held.open();
});

it("what the store was not given, or has answered, ends with AskTimeout as ever", async () => {
  const held = hold("append");
  await using bank = await openBank({ faults: held.faults });
  const { ask } = bank.system.ref(Account, "alice").with({ timeoutMs: 100 });
  const first = watch(ask.deposit(1));
  await bank.time.settle();
  const rest = [ask.look(), ask.deposit(1), ask.withdraw(100)].map(watch);
  await bank.time.advance(200);
  expect([first, ...rest].map(({ state }) => state)).toEqual([
    "failed: PERSISTENCE_OUTCOME_UNKNOWN",
    ...Array<string>(3).fill("failed: ACTOR_ASK_TIMEOUT"),
  ]);
  held.open();
});

it("a part that was split off is in doubt as well", async () => {
  const held = hold("append");
  await using bank = await openBank({ faults: held.faults });
  const { ask } = bank.system.ref(Account, "alice").with({ timeoutMs: 100 });
  const split = watch(ask.depositTwice(1));
  await bank.time.advance(200);
  expect(split.state).toBe("failed: PERSISTENCE_OUTCOME_UNKNOWN");
  held.open();
  await bank.time.settle();
  expect(await ask.look()).toMatchObject({ balance: 2 });
});

class Stuck extends Account {
  static override type = "stuck";
  static override readonly events = Account.events;
  static override readonly snapshots = Account.snapshots;
  async depositAndHang(): Promise<void> {
    this.deposit(1);
    await this.durable();
    await new Promise(() => undefined);
  }
}

it("a part that was split off and is stored is in no doubt, whatever the rest does", async () => {
  await using bank = await openBank({ actors: [Stuck] });
  const stuck = watch(bank.system.ref(Stuck, "s").with({ timeoutMs: 100 }).ask.depositAndHang());
  await bank.time.advance(200);
  expect(stuck.state).toBe("failed: ACTOR_ASK_TIMEOUT");
  bank.local.abandon(() => true);
});

class Waiter extends Actor {
  static type = "waiter";
  async pass(): Promise<number> {
    return this.ctx.ref(Account, "alice").ask.deposit(1);
  }
}

it("a volatile actor that waits, and one that has gone, are in no doubt", async () => {
  const held = hold("append");
  await using bank = await openBank({ actors: [Account, Waiter], faults: held.faults });
  const passed = watch(bank.system.ref(Waiter, "w").with({ timeoutMs: 100 }).ask.pass());
  await bank.time.advance(200);
  expect(passed.state).toBe("failed: ACTOR_ASK_TIMEOUT");
  held.open();
});

it("a conflict ends the doubt: the command is sent again, and its deadline is AskTimeout", async () => {
  const store = memory();
  const held = hold("append");
  await using one = await openBank({ store, faults: held.faults });
  const late = watch(one.system.ref(Account, "alice").with({ timeoutMs: 100 }).ask.deposit(1));
  await one.time.settle();
  await using two = await openBank({ store });
  await two.system.ref(Account, "alice").ask.deposit(10);
  held.next();
  await one.time.advance(200);
  expect(late.state).toBe("failed: ACTOR_ASK_TIMEOUT");
  held.open();
});

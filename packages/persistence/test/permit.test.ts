// The store has acknowledged, but the node may not speak: what is stored by then is neither lost nor done twice.
import { outputPermit, type Plugin } from "@aether/actor";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { Account } from "./account.ts";
import { type BankOptions, eventsIn, openBank, watch } from "./bank.ts";

async function openQuietly(options: BankOptions = {}) {
  let granted = true;
  const permit: Plugin = {
    name: "permit",
    install: (host) => host.provide(outputPermit, { granted: () => granted }),
  };
  const bank = await openBank({ ...options, plugins: [permit] });
  return {
    bank,
    speak: (value: boolean): void => {
      granted = value;
      if (value) bank.local.reopenGates();
    },
  };
}

it("a reply that is stored waits for the permit, and leaves with it", async () => {
  const { bank, speak } = await openQuietly();
  await using _ = bank;
  speak(false);
  const deposit = watch(bank.system.ref(Account, "alice").ask.deposit(1));
  await bank.time.settle();
  expect([deposit.state, (await bank.stored("alice")).length]).toEqual(["waiting", 1]);
  speak(true);
  await bank.time.settle();
  expect(deposit.state).toBe("done: 1");
});

it("a commit that is rejected takes nothing from replies that are stored and wait for the permit", async () => {
  const { bank, speak } = await openQuietly({
    faults: ({ operation, n }) => (operation === "append" && n === 2 ? { type: "rejected" } : undefined),
  });
  await using _ = bank;
  const { ask } = bank.system.ref(Account, "alice");
  speak(false);
  const first = watch(ask.deposit(1));
  await bank.time.settle();
  const second = watch(ask.deposit(10));
  await bank.time.settle();
  expect([first.state, second.state]).toEqual(["waiting", "failed: PERSISTENCE_COMMIT_REJECTED"]);
  const third = watch(ask.deposit(100));
  await bank.time.settle();
  speak(true);
  await bank.time.settle();
  expect([first.state, third.state]).toEqual(["done: 1", "done: 101"]);
});

it("a tell that is stored is not done again when the fence is lost before the permit is back", async () => {
  const store = memory();
  const { bank, speak } = await openQuietly({ store });
  await using _ = bank;
  const { ask, tell } = bank.system.ref(Account, "alice");
  await ask.look();
  speak(false);
  tell.deposit(1);
  await bank.time.settle();
  await bank.time.advance(5);
  await using other = await openBank({ store });
  await other.system.ref(Account, "alice").ask.deposit(10);
  const late = watch(ask.deposit(100));
  await bank.time.advance(100);
  speak(true);
  await bank.time.advance(100);
  expect(late.state).toBe("done: 111");
  const amounts = (await bank.stored("alice")).flatMap((commit) => eventsIn(commit).map(({ amount }) => amount));
  expect(amounts).toEqual([1, 10, 100]);
});

import { createSystem } from "@aether/actor";
import { persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, test } from "vitest";
import { Account } from "./account.ts";

test("a restarted system finds what was acknowledged, by snapshot and tail", async () => {
  const store = memory();
  const start = () => createSystem({ name: "bank", actors: [Account], plugins: [persistence({ store })], log: false });
  {
    await using system = await start();
    const alice = system.ref(Account, "alice");
    for (let i = 1; i <= 25; i++) expect(await alice.ask.deposit(i)).toBe((i * (i + 1)) / 2);
    await expect(alice.ask.withdraw(1_000)).rejects.toMatchObject({
      code: "insufficient-funds",
      data: { balance: 325 },
    });
  }
  await using system = await start();
  const alice = system.ref(Account, "alice");
  expect(await alice.ask.look()).toEqual({ balance: 325, entries: [21, 22, 23, 24, 25] });
  const { snapshots } = system.use(persistence).metrics();
  expect(snapshots).toMatchObject({ recoveries: 1, withSnapshot: 1, eventsReplayed: 5, averageReplay: 5 });
});

test("a throw after persist undoes its turn alone", async () => {
  await using system = await createSystem({
    name: "bank",
    actors: [Account],
    plugins: [persistence({ store: memory() })],
    log: false,
  });
  const alice = system.ref(Account, "alice");
  const all = await Promise.allSettled([
    alice.ask.deposit(1),
    alice.ask.depositThenThrow(100),
    alice.ask.deposit(2),
    alice.ask.depositThenRefuse(4),
    alice.ask.depositTwice(8),
    alice.ask.look(),
  ]);
  expect(all.map((r) => (r.status === "fulfilled" ? r.value : (r.reason as { code: string }).code))).toEqual([
    1,
    "ACTOR_FAILED",
    3,
    "noted",
    23,
    { balance: 23, entries: [1, 2, 4, 8, 8] },
  ]);
});

test("a repeat of a command gets the first reply and changes nothing, also after a restart", async () => {
  const store = memory();
  const start = () => createSystem({ name: "bank", actors: [Account], plugins: [persistence({ store })], log: false });
  for (let round = 0; round < 2; round++) {
    await using system = await start();
    const alice = system.ref(Account, "alice").with({ commandId: "order-1" });
    expect(await alice.ask.deposit(5)).toBe(5);
    expect(await alice.ask.deposit(5)).toBe(5);
    await expect(alice.ask.deposit(6)).rejects.toMatchObject({ code: "PERSISTENCE_COMMAND_ID_REUSED" });
  }
});

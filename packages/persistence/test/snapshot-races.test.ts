// Two writers save snapshots of one actor: the higher version wins, in whichever order they arrive.
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { Account } from "./account.ts";
import { type Bank, hold, openBank } from "./bank.ts";

/** `Account` makes a snapshot every ten events. */
async function depositTen(bank: Bank): Promise<void> {
  for (let i = 0; i < 10; i++) await bank.system.ref(Account, "alice").ask.deposit(1);
}

async function race() {
  const store = memory();
  const former = hold("save");
  const latter = hold("save");
  const one = await openBank({ store, faults: former.faults });
  await depositTen(one);
  await one.time.advance(5);
  const two = await openBank({ store, faults: latter.faults });
  await two.time.advance(50);
  await depositTen(two);
  await two.time.settle();
  expect([former.waiting, latter.waiting]).toEqual([1, 1]);
  const newest = async () => {
    const { snapshots } = await store.open({ systemName: "bank", warn: () => undefined });
    const stored = await snapshots.load({ type: "account", id: "alice" });
    return (JSON.parse(Buffer.from(stored?.bytes ?? []).toString()) as { version: number }).version;
  };
  return { one, two, former, latter, newest };
}

it("an older snapshot that arrives late is given up", async () => {
  const { one, two, former, latter, newest } = await race();
  latter.open();
  await two.time.advance(5_000);
  former.open();
  await one.time.advance(5_000);
  expect([await newest(), one.metrics().snapshots]).toMatchObject([
    11,
    { saved: 0, failed: 0, skipped: { outdated: 1 } },
  ]);
  await Promise.all([one.system.stop(), two.system.stop()]);
});

it("a newer snapshot that arrives late goes behind the older one", async () => {
  const { one, two, former, latter, newest } = await race();
  former.open();
  await one.time.advance(5_000);
  expect(await newest()).toBe(10);
  latter.open();
  await two.time.advance(5_000);
  expect([await newest(), two.metrics().snapshots]).toMatchObject([
    11,
    { saved: 1, failed: 0, skipped: { outdated: 0 } },
  ]);
  await Promise.all([one.system.stop(), two.system.stop()]);
});

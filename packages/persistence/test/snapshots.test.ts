// Snapshots: when they are made, when they are saved, which one recovery takes.
import { atVersions, EventSourcedActor, everyNEvents, type Events, type SnapshotPolicy } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import type { Faults } from "@aether/persistence/testing";
import { expect, it } from "vitest";
import { sealJson } from "../src/checksum.ts";
import { type Bank, type BankOptions, hold, openBank, watch } from "./bank.ts";

type Added = { type: "added"; n: number };

function counterClass(policy: SnapshotPolicy, snapshotVersion?: number) {
  return class Counter extends EventSourcedActor<Added> {
    static type = "counter";
    static readonly events: Events<Added> = { added: 1 };
    static readonly snapshots = policy;
    static readonly snapshotVersion = snapshotVersion ?? 1;
    state: { sum: number; bad?: unknown } = { sum: 0 };
    apply(event: Added): void {
      this.state.sum += event.n;
    }
    add(n: number): number {
      return this.persist({ type: "added", n }).sum;
    }
    addMany(count: number): number {
      return this.persist(...Array.from({ length: count }, () => ({ type: "added" as const, n: 1 }))).sum;
    }
    look(): number {
      return this.state.sum;
    }
    spoil(bad: boolean): void {
      if (bad) this.state.bad = () => undefined;
      else delete this.state.bad;
    }
  };
}
type CounterClass = ReturnType<typeof counterClass>;

const versionsOf = (bank: Bank) => bank.of("snapshot-saved").map(({ version }) => version);

async function run(policy: SnapshotPolicy, turns: number[], options: BankOptions = {}) {
  const Counter = counterClass(policy);
  const bank = await openBank({ actors: [Counter], ...options });
  const { ask } = bank.system.ref(Counter, "a");
  for (const count of turns) {
    await ask.addMany(count);
    await bank.time.settle();
  }
  return bank;
}

it("everyNEvents counts since the last snapshot, not in multiples", async () => {
  await using bank = await run(everyNEvents(4), [3, 3, 1, 3, 1, 9, 1]);
  expect(versionsOf(bank)).toEqual([6, 10, 20]);
});

it("everyNEvents counts on after a restart", async () => {
  const store = memory();
  const Counter = counterClass(everyNEvents(4));
  for (const expected of [[], [4], [], [8]]) {
    await using bank = await openBank({ actors: [Counter], store });
    await bank.system.ref(Counter, "a").ask.addMany(2);
    await bank.time.settle();
    expect(versionsOf(bank)).toEqual(expected);
  }
});

it("atVersions is due when a multiple is crossed, also in the middle of a turn", async () => {
  await using bank = await run(atVersions(5), [4, 2, 3, 1, 11, 3]);
  expect(versionsOf(bank)).toEqual([6, 10, 21]);
});

it("a snapshot is captured at its turn's end and saved only once that is stored", async () => {
  const held = hold("append");
  const store = memory();
  const Counter = counterClass(everyNEvents(2));
  await using bank = await openBank({ actors: [Counter], store, faults: held.faults });
  const { ask } = bank.system.ref(Counter, "a");
  const first = ask.add(1);
  await bank.time.settle();
  const rest = [2, 3, 4].map((n) => ask.add(n));
  await bank.time.settle();
  held.next();
  await first;
  await bank.time.settle();
  expect(versionsOf(bank)).toEqual([]);
  held.open();
  await Promise.all(rest);
  await bank.time.settle();
  const { snapshots } = await store.open({ systemName: "bank", warn: () => undefined });
  const newest = await snapshots.load({ type: "counter", id: "a" });
  const older = await snapshots.load({ type: "counter", id: "a" }, newest?.token);
  expect(JSON.parse(Buffer.from(older?.bytes ?? []).toString())).toMatchObject({ version: 2, state: { sum: 3 } });
  expect(JSON.parse(Buffer.from(newest?.bytes ?? []).toString())).toMatchObject({ version: 4, state: { sum: 10 } });
  const counts = (await bank.stored("a", "counter")).map((text) => (JSON.parse(text) as { events: [] }).events.length);
  expect(counts).toEqual([1, 1, 2]);
});

it("a save that fails is tried again, and never fails or delays a command", async () => {
  const faults: Faults = ({ operation, n }) => (operation === "save" && n <= 2 ? { type: "throw-before" } : undefined);
  await using bank = await run(everyNEvents(2), [2, 1], { faults });
  expect(versionsOf(bank)).toEqual([]);
  await bank.time.advance(3_000);
  expect(versionsOf(bank)).toEqual([2]);
});

it("a save whose outcome is unknown is settled by the same save", async () => {
  const faults: Faults = ({ operation, n }) => (operation === "save" && n === 1 ? { type: "throw-after" } : undefined);
  await using bank = await run(everyNEvents(2), [2], { faults });
  await bank.time.advance(3_000);
  await bank.system.ref(counterClass(everyNEvents(2)), "a").ask.addMany(2);
  await bank.time.settle();
  expect(versionsOf(bank)).toEqual([2, 4]);
});

it("a save that keeps failing is given up and reported, and the next one is due as usual", async () => {
  const faults: Faults = ({ operation, n }) => (operation === "save" && n <= 5 ? { type: "throw-before" } : undefined);
  await using bank = await run(everyNEvents(2), [2], { faults });
  await bank.time.advance(10_000);
  expect(bank.of("snapshot-failed")).toMatchObject([{ address: "counter/a", version: 2 }]);
  await bank.system.ref(counterClass(everyNEvents(2)), "a").ask.addMany(2);
  await bank.time.settle();
  expect(versionsOf(bank)).toEqual([4]);
  expect(bank.metrics().snapshots).toMatchObject({ saved: 1, failed: 1 });
});

it("a state that cannot be stored is reported and fails no command", async () => {
  const Counter = counterClass(everyNEvents(2));
  await using bank = await openBank({ actors: [Counter] });
  const { ask } = bank.system.ref(Counter, "a");
  await ask.spoil(true);
  expect(await ask.addMany(2)).toBe(2);
  expect(bank.of("snapshot-failed")).toMatchObject([
    { error: { message: expect.stringContaining("at .bad") as string } },
  ]);
  await ask.spoil(false);
  expect(await ask.addMany(2)).toBe(4);
  await bank.time.settle();
  expect([versionsOf(bank), bank.metrics().snapshots.maxEventsSince]).toEqual([[], 4]);
  await bank.time.advance(1_000);
  expect(await ask.addMany(1)).toBe(5);
  await bank.time.settle();
  expect(versionsOf(bank)).toEqual([5]);
});

it("a snapshot that is due while one is being saved is counted as busy and made when that is saved, without a turn", async () => {
  const held = hold("save");
  await using bank = await run(everyNEvents(2), [2, 2, 1], { faults: held.faults });
  expect(bank.metrics().snapshots.skipped.busy).toBe(1);
  held.open();
  await bank.time.settle();
  expect([versionsOf(bank), bank.metrics().snapshots.maxEventsSince]).toEqual([[2, 5], 0]);
});

it("one that is overdue waits until what the actor has done since is stored", async () => {
  const saves = hold("save");
  const appends = hold("append", () => undefined);
  const faults: Faults = (call) => saves.faults(call) ?? (call.n > 2 ? appends.faults(call) : undefined);
  await using bank = await run(everyNEvents(2), [2, 2], { faults });
  const { ask } = bank.system.ref(counterClass(everyNEvents(2)), "a");
  const added = watch(ask.addMany(1));
  await bank.time.settle();
  saves.open();
  await bank.time.settle();
  expect([versionsOf(bank), added.state]).toEqual([[2], "waiting"]);
  appends.open();
  await bank.time.settle();
  expect([versionsOf(bank), added.state]).toEqual([[2, 5], "done: 5"]);
});

/** Stores a history of six events with snapshots at 2, 4 and 6 (two are kept), does something to them, recovers. */
async function recoverAfter(
  spoil: (snapshots: { token: number; text: string }[]) => (string | undefined)[],
  next: CounterClass = counterClass(everyNEvents(2)),
) {
  const store = memory();
  const Counter = counterClass(everyNEvents(2));
  {
    await using bank = await openBank({ actors: [Counter], store });
    for (let i = 0; i < 3; i++) {
      await bank.system.ref(Counter, "a").ask.addMany(2);
      await bank.time.settle();
    }
  }
  const actor = { type: "counter", id: "a" };
  const { snapshots } = await store.open({ systemName: "bank", warn: () => undefined });
  const kept: { token: number; text: string }[] = [];
  for (let s = await snapshots.load(actor); s !== undefined; s = await snapshots.load(actor, s.token)) {
    kept.push({ token: s.token, text: Buffer.from(s.bytes).toString() });
  }
  let fence = kept[0]?.token ?? 0;
  for (const text of spoil(kept)) {
    if (text === undefined) continue;
    const saved = await snapshots.save(actor, fence, Buffer.from(text));
    fence = saved.type === "committed" ? saved.token : expect.unreachable();
  }
  const bank = await openBank({ actors: [next], store });
  return { bank, sum: await bank.system.ref(next, "a").ask.look() };
}
const reseal = (text: string, change: Record<string, unknown>) => {
  const { checksum: _, ...members } = JSON.parse(text) as Record<string, unknown>;
  return Buffer.from(sealJson(JSON.stringify({ ...members, ...change }))).toString();
};

it("recovery takes the newest snapshot and replays what is behind it", async () => {
  const { bank, sum } = await recoverAfter(() => []);
  await using _ = bank;
  expect([sum, bank.metrics().snapshots]).toMatchObject([6, { withSnapshot: 1, eventsReplayed: 0, unusable: 0 }]);
});

it("a damaged newest snapshot is passed over for the one before", async () => {
  const { bank, sum } = await recoverAfter(([newest]) => [newest?.text.replace('"sum":6', '"sum":7')]);
  await using _ = bank;
  expect([sum, bank.metrics().snapshots]).toMatchObject([6, { withSnapshot: 1, unusable: 1, eventsReplayed: 0 }]);
  expect(bank.of("snapshot-unusable")).toMatchObject([{ reason: expect.stringContaining("checksum") as string }]);
});

it("with no usable snapshot at all the whole history is replayed, and the next save goes behind the bad ones", async () => {
  const next = counterClass(everyNEvents(2));
  const { bank, sum } = await recoverAfter(() => ["no snapshot", "nor this"], next);
  await using _ = bank;
  expect([sum, bank.metrics().snapshots]).toMatchObject([6, { withSnapshot: 0, unusable: 2, eventsReplayed: 6 }]);
  await bank.system.ref(next, "a").ask.addMany(2);
  await bank.time.settle();
  expect(versionsOf(bank)).toEqual([8]);
});

it("a snapshot ahead of the history's head is passed over", async () => {
  const { bank, sum } = await recoverAfter(([newest]) => [
    reseal(newest?.text ?? "", { version: 9, token: 999, state: { sum: 999 } }),
  ]);
  await using _ = bank;
  expect(sum).toBe(6);
  expect(bank.of("snapshot-unusable")).toMatchObject([{ reason: expect.stringContaining("ahead") as string }]);
});

it("a snapshot of a higher version than the history has is passed over, though its token was given again", async () => {
  const { bank, sum } = await recoverAfter(([newest]) => [
    reseal(newest?.text ?? "", { version: 9, state: { sum: 999 } }),
  ]);
  await using _ = bank;
  expect(sum).toBe(6);
  expect(bank.of("snapshot-unusable")).toMatchObject([{ reason: expect.stringContaining("ahead") as string }]);
});

it("a snapshot of another actor is passed over", async () => {
  const { bank, sum } = await recoverAfter(([newest]) => [
    reseal(newest?.text ?? "", { actor: ["counter", "b"], state: { sum: 999 } }),
  ]);
  await using _ = bank;
  expect([sum, bank.metrics().snapshots.unusable]).toEqual([6, 1]);
});

it("a snapshot of another schema is passed over, unless restore takes the older one", async () => {
  const { bank, sum } = await recoverAfter(() => [], counterClass(everyNEvents(100), 2));
  await using _ = bank;
  expect([sum, bank.metrics().snapshots]).toMatchObject([6, { withSnapshot: 0, unusable: 2, eventsReplayed: 6 }]);

  const seen: unknown[] = [];
  const Migrating = class extends counterClass(everyNEvents(100), 2) {
    static override type = "counter";
    override restore(data: { sum: number }, version: number): void {
      seen.push(version);
      this.state = { sum: data.sum + 100 };
    }
  };
  const migrated = await recoverAfter(() => [], Migrating);
  await using migratedBank = migrated.bank;
  expect([migrated.sum, migratedBank.metrics().snapshots.withSnapshot, seen]).toEqual([106, 1, [1]]);

  const newer = await recoverAfter(([newest]) => [reseal(newest?.text ?? "", { schema: 3 })], Migrating);
  await using newerBank = newer.bank;
  expect([newer.sum, newerBank.metrics().snapshots.unusable]).toEqual([106, 1]);
});

it("a zombie's late snapshot does not replace a newer one", async () => {
  const held = hold("save");
  const store = memory();
  const Counter = counterClass(everyNEvents(2));
  await using zombie = await openBank({ actors: [Counter], store, faults: held.faults });
  await zombie.system.ref(Counter, "a").ask.addMany(2);
  await zombie.time.advance(5);
  await using owner = await openBank({ actors: [Counter], store });
  await owner.system.ref(Counter, "a").ask.addMany(2);
  await owner.time.settle();
  held.open();
  await zombie.time.settle();
  expect(zombie.metrics().snapshots.skipped.outdated).toBe(1);
  const looked = watch(owner.system.ref(Counter, "a").ask.look());
  await owner.time.settle();
  expect([looked.state, versionsOf(owner), versionsOf(zombie)]).toEqual(["done: 4", [4], []]);
});

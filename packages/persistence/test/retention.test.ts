// What is deleted and what never: events behind snapshots, and actors.
import { everyNEvents, noSnapshots, type Retention, type StoreBackend } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { type Faults, faultyBackend } from "@aether/persistence/testing";
import { createVirtualTime } from "@aether/actor/testing";
import { expect, it } from "vitest";
import { persistence } from "@aether/persistence";
import { MemoryLog } from "../src/memory/event-store.ts";
import { MemorySnapshotStore } from "../src/memory/snapshot-store.ts";
import { type BankOptions, hold, openBank, watch } from "./bank.ts";
import { counterClass } from "./counter.ts";

const minutes = 60_000;
const deleting: Retention = { deleteEvents: true };

async function open(options: BankOptions = {}) {
  const Counter = counterClass(everyNEvents(2));
  const bank = await openBank({ actors: [Counter], retention: deleting, ...options });
  const { ask } = bank.system.ref(Counter, "a").with({ timeoutMs: 3_600_000 });
  return {
    bank,
    Counter,
    ask,
    add: async (...waitsMs: number[]): Promise<void> => {
      for (const waitMs of waitsMs) {
        await bank.time.advance(waitMs);
        await ask.addMany(2);
        await bank.time.settle();
      }
    },
    /** First versions of what is left. */
    left: async (): Promise<number[]> => {
      return (await bank.stored("a", "counter")).map(
        (text) => (JSON.parse(text) as { firstVersion: number }).firstVersion,
      );
    },
  };
}

it("events go once the oldest kept snapshot covers them and they are ten minutes old", async () => {
  const { bank, ask, add, left } = await open();
  await using _ = bank;
  await add(0, 0, 0); // snapshots at 2, 4 and 6; the newest two are kept
  expect(await left()).toEqual([1, 3, 5]);
  await add(9 * minutes);
  expect(await left()).toEqual([1, 3, 5, 7]);
  await add(1 * minutes);
  expect(await left()).toEqual([7, 9]);
  expect(bank.of("history-truncated")).toMatchObject([{ address: "counter/a" }]);
  expect(bank.metrics().retention).toEqual({ truncations: 1, failed: 0 });
  await bank.local.release(() => true);
  expect(await ask.look()).toBe(10);
});

it("what no other kept snapshot than the newest covers stays, however old it is", async () => {
  const events = memory();
  const log = new MemoryLog(3);
  const snapshots: StoreBackend = {
    name: "three",
    open: async (scope) => ({ ...(await memory().open(scope)), snapshots: new MemorySnapshotStore(log) }),
  };
  const { bank, add, left } = await open({ store: events, snapshots });
  await using _ = bank;
  await add(0, 0, minutes, 11 * minutes); // at 2, 4, 6 and 8; the newest three are kept
  expect(await left()).toEqual([5, 7]);
});

it("nothing goes where nobody asked for it; a class's own retention goes before the system's", async () => {
  const without = await open({ retention: {} });
  await using _ = without.bank;
  await without.add(0, 0, 11 * minutes, 0);
  expect(await without.left()).toEqual([1, 3, 5, 7]);
  const Counter = Object.assign(counterClass(everyNEvents(2)), { retention: { deleteEvents: false } });
  const own = await open({ actors: [Counter] });
  await using ownBank = own.bank;
  await own.add(0, 0, 11 * minutes, 0);
  expect(ownBank.of("history-truncated")).toEqual([]);
  expect(await own.left()).toEqual([1, 3, 5, 7]);
});

it("what only an unreadable snapshot covers stays", async () => {
  const store = memory();
  const time = createVirtualTime();
  const { bank, add, left } = await open({
    store,
    time,
    faults: ({ operation }) => (operation === "load" && isBlind ? { type: "throw-before" } : undefined),
  });
  let isBlind = false;
  await using _ = bank;
  await add(0, 0);
  isBlind = true;
  await add(11 * minutes);
  expect(await left()).toEqual([1, 3, 5]);
  expect(bank.of("truncation-failed").length).toBe(1);
  expect(bank.metrics()).toMatchObject({
    retention: { truncations: 0, failed: 1 },
    snapshots: { failed: 0, saved: 3 },
  });
});

it("retention options are checked", async () => {
  const store = memory();
  expect(() => persistence({ store, retention: { minAgeMs: 1_000 } })).toThrow(
    "minAgeMs is 1000; use a number from 600000",
  );
  expect(() => persistence({ store, retention: { keep: 1 } as never })).toThrow('unknown option "keep"');
  const Counter = Object.assign(counterClass(noSnapshots), { retention: true });
  await expect(openBank({ actors: [Counter] })).rejects.toThrow("static retention is a boolean");
});

it("a history whose snapshots are gone is lost by name, and only after a second look", async () => {
  const store = memory();
  const { bank, add } = await open({ store });
  await add(0, 0, 11 * minutes);
  await bank[Symbol.asyncDispose]();
  let loads = 0;
  const countLoads: Faults = ({ operation }) => void (operation === "load" && loads++);
  const lost = await open({ store, snapshots: faultyBackend(memory(), countLoads) });
  await using _ = lost.bank;
  await expect(lost.ask.look()).rejects.toMatchObject({ data: { causeCode: "PERSISTENCE_HISTORY_LOST" } });
  expect(loads).toBe(2);
  expect(lost.bank.of("recovery-failed")).toMatchObject([{ error: { code: "PERSISTENCE_HISTORY_LOST" } }]);
});

it("a deleted actor begins anew, and its versions go on", async () => {
  const store = memory();
  const { bank, Counter, ask, add } = await open({ store, retention: {} });
  await add(0, 0);
  const api = bank.system.use(persistence);
  expect(await api.delete(Counter, "a")).toBe(true);
  expect(bank.system.counts()["counter"]).toBe(0);
  expect(await ask.look()).toBe(0);
  await add(0);
  expect(bank.of("snapshot-saved").map(({ version }) => version)).toEqual([2, 4, 6]);
  expect(bank.metrics().snapshots.maxEventsSince).toBe(0);
  await bank[Symbol.asyncDispose]();
  for (const added of [3, 4]) {
    const next = await open({ store, retention: {} });
    expect(await next.ask.add(1)).toBe(added);
    await next.bank.time.settle();
    expect(next.bank.of("actor-recovered").at(-1)).toMatchObject({ version: 6 + (added - 3), snapshotVersion: 6 });
    await next.bank[Symbol.asyncDispose]();
  }
});

it("without a snapshot of its own, the new life is replayed from the tombstone", async () => {
  const Counter = counterClass(noSnapshots);
  const { bank, add, ask } = await open({ actors: [Counter] });
  await using _ = bank;
  await add(0, 0);
  const api = bank.system.use(persistence);
  await api.delete(Counter, "a");
  expect([await ask.add(5), await ask.add(7)]).toEqual([5, 12]);
  expect(bank.metrics().snapshots.maxEventsSince).toBe(2);
  await bank.local.release(() => true);
  expect(await ask.look()).toBe(12);
  expect(bank.of("actor-recovered").at(-1)).toMatchObject({ version: 6, eventsReplayed: 2 });
  expect(await api.history(Counter, "a").captureState()).toMatchObject({ state: { sum: 12 }, version: 6 });
});

it("deleting what is not there, or is deleted, says so; ten minutes later the former life goes", async () => {
  const Counter = counterClass(noSnapshots);
  const { bank, add } = await open({ actors: [Counter] });
  await using _ = bank;
  const api = bank.system.use(persistence);
  expect(await api.delete(Counter, "nobody")).toBe(false);
  await add(0, 0);
  expect([await api.delete(Counter, "a"), await api.delete(Counter, "a")]).toEqual([true, false]);
  expect((await bank.stored("a", "counter")).length).toBe(3);
  await bank.time.advance(10 * minutes);
  expect(await api.delete(Counter, "a")).toBe(false);
  expect((await bank.stored("a", "counter")).map((text) => text.includes('"tombstone":true'))).toEqual([true]);
});

it("whoever has a deleted actor in memory elsewhere loses the fence, and the command runs on the new life", async () => {
  const store = memory();
  const Counter = counterClass(noSnapshots);
  await using owner = await openBank({ actors: [Counter], store });
  const { ask } = owner.system.ref(Counter, "a");
  expect(await ask.add(5)).toBe(5);
  await using other = await openBank({ actors: [Counter], store });
  expect(await other.system.use(persistence).delete(Counter, "a")).toBe(true);
  const added = watch(ask.add(1));
  await owner.time.advance(1_000);
  expect(added.state).toBe("done: 1");
});

it("an actor that is deleted while it is being loaded fails by name, and begins anew with the next command", async () => {
  const store = memory();
  const Counter = counterClass(noSnapshots);
  await using owner = await openBank({ actors: [Counter], store });
  await owner.system.ref(Counter, "a").ask.add(5);
  const takeover = hold("append");
  await using late = await openBank({ actors: [Counter], store, faults: takeover.faults });
  const looked = late.system
    .ref(Counter, "a")
    .ask.look()
    .catch((error: unknown) => error);
  await late.time.settle();
  expect(takeover.waiting).toBe(1);
  await owner.system.use(persistence).delete(Counter, "a");
  takeover.open();
  expect(await looked).toMatchObject({ retryable: true, data: { causeCode: "PERSISTENCE_ACTOR_DELETED" } });
  expect(await late.system.ref(Counter, "a").ask.look()).toBe(0);
});

// When a state is captured besides the end of a turn, and what becomes of saves that take long or cannot succeed.
import { bounded, everyNEvents, EventSourcedActor, type Events, hybrid, noSnapshots } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import type { Faults } from "@aether/persistence/testing";
import { expect, it } from "vitest";
import { type BankOptions, hold, openBank, watch } from "./bank.ts";
import { counterClass, storedSnapshots, versionsOf } from "./counter.ts";

const never = bounded(noSnapshots, {});

/** One system's life: adds, and stops. */
async function live(Counter: ReturnType<typeof counterClass>, count: number, options: BankOptions) {
  await using bank = await openBank({ actors: [Counter], ...options });
  const { ask } = bank.system.ref(Counter, "a");
  const sum = count === 0 ? await ask.look() : await ask.addMany(count);
  await bank.time.settle();
  return { sum, bank };
}

it("a schema bump forces a snapshot after recovery, and once only", async () => {
  const store = memory();
  await live(counterClass(everyNEvents(5)), 5, { store });
  const { bank, sum } = await live(counterClass(everyNEvents(5), 2), 0, { store });
  expect([sum, bank.of("snapshot-saved")]).toMatchObject([5, [{ version: 5, reason: "schema" }]]);
  expect(await storedSnapshots(store)).toEqual([
    { version: 5, schema: 2 },
    { version: 5, schema: 1 },
  ]);
  expect(versionsOf((await live(counterClass(everyNEvents(5), 2), 0, { store })).bank)).toEqual([]);
});

it("no snapshot is forced where a class wants none", async () => {
  const store = memory();
  await live(counterClass(everyNEvents(5)), 5, { store });
  expect(versionsOf((await live(counterClass(noSnapshots, 2), 0, { store })).bank)).toEqual([]);
  expect(versionsOf((await live(counterClass(never, 2), 0, { store })).bank)).toEqual([5]);
});

it("old and new code take turns: each begins with what it can use, and neither hides the other's", async () => {
  const store = memory();
  const [Old, New] = [counterClass(everyNEvents(5)), counterClass(everyNEvents(5), 2)];
  await live(Old, 5, { store });
  await live(New, 1, { store });
  const back = await live(Old, 2, { store });
  expect([back.sum, versionsOf(back.bank)]).toEqual([8, []]);
  expect(back.bank.metrics().snapshots).toMatchObject({ withSnapshot: 1, unusable: 1, eventsReplayed: 1 });
  const older = await live(Old, 2, { store });
  expect([older.sum, versionsOf(older.bank)]).toEqual([10, [10]]);
  expect(await storedSnapshots(store)).toMatchObject([
    { version: 10, schema: 1 },
    { version: 5, schema: 2 },
  ]);
  const forward = await live(New, 0, { store });
  expect([forward.sum, forward.bank.of("snapshot-saved")]).toMatchObject([10, [{ version: 10, reason: "schema" }]]);
});

it("an actor that leaves memory is worth a snapshot from its policy's minimum on", async () => {
  for (const [count, expected] of [
    [9, []],
    [10, [10]],
  ] as const) {
    const store = memory();
    const { bank } = await live(counterClass(hybrid({ minEvents: 10, maxReplayMs: 1e6 })), count, { store });
    expect(versionsOf(bank)).toEqual(expected);
    expect(bank.metrics().snapshots).toMatchObject({
      averageEventsAtPassivation: count,
      reasons: { passivation: expected.length },
    });
    const again = await live(counterClass(hybrid({ minEvents: 10, maxReplayMs: 1e6 })), 0, { store });
    expect([again.sum, again.bank.metrics().snapshots.eventsReplayed]).toEqual([count, count === 9 ? 9 : 0]);
  }
});

it("a last snapshot holds what the actor has stored, commits that were under way included", async () => {
  const held = hold("append");
  const store = memory();
  const Counter = counterClass(hybrid({ minEvents: 2, maxReplayMs: 1e6 }));
  await using bank = await openBank({ actors: [Counter], store, faults: held.faults });
  const asked = [1, 2, 3].map((n) => watch(bank.system.ref(Counter, "a").ask.add(n)));
  await bank.time.settle();
  const released = bank.local.release(() => true);
  await bank.time.settle();
  expect(versionsOf(bank)).toEqual([]);
  held.open();
  await released;
  await bank.time.settle();
  expect([asked.map(({ state }) => state), versionsOf(bank)]).toEqual([["done: 1", "done: 3", "done: 6"], [3]]);
});

it("an object whose last turn was thrown away is not taken for the state", async () => {
  class Fickle extends counterClass(hybrid({ minEvents: 1, maxReplayMs: 1e6 })) {
    static override readonly type = "counter";
    override onPassivate(): void {
      this.persist({ type: "added", n: 100 });
      throw new Error("not this one");
    }
  }
  await using bank = await openBank({ actors: [Fickle] });
  const { ask } = bank.system.ref(Fickle, "a");
  await ask.addMany(3);
  await bank.local.release(() => true);
  await bank.time.settle();
  expect([versionsOf(bank), await ask.look()]).toEqual([[], 3]);
});

it("of two snapshots at one version the newer schema stands before the older, whoever saves later", async () => {
  const store = memory();
  await live(counterClass(everyNEvents(5)), 5, { store });
  const faults: Faults = ({ operation, n }) => (operation === "save" && n === 1 ? { type: "conflict" } : undefined);
  await using bank = await openBank({ actors: [counterClass(everyNEvents(5), 2)], store, faults });
  expect(await bank.system.ref(counterClass(everyNEvents(5), 2), "a").ask.look()).toBe(5);
  await bank.time.advance(1_000);
  expect([versionsOf(bank), (await storedSnapshots(store))[0]]).toEqual([[5], { version: 5, schema: 2 }]);
});

it("the end of the system waits for a snapshot that is being saved, and not for ever", async () => {
  const held = hold("save");
  const store = memory();
  const Counter = counterClass(everyNEvents(2));
  const bank = await openBank({ actors: [Counter], store, faults: held.faults });
  await bank.system.ref(Counter, "a").ask.addMany(2);
  await bank.time.settle();
  const stopped = watch(bank.system.stop());
  await bank.time.advance(1_500);
  expect(stopped.state).toBe("waiting");
  held.open();
  await bank.time.settle();
  expect([stopped.state, await storedSnapshots(store)]).toMatchObject(["done: undefined", [{ version: 2 }]]);

  const stuck = hold("save");
  const other = await openBank({ actors: [Counter], store, faults: stuck.faults });
  await other.system.ref(Counter, "a").ask.addMany(2);
  await other.time.settle();
  const end = watch(other.system.stop());
  await other.time.advance(2_100);
  expect(end.state).toBe("done: undefined");
});

it("a snapshot that is too large is a named error, counted, and fails no command", async () => {
  const store = memory();
  const small: typeof store = {
    name: "small",
    async open(scope) {
      const { events, snapshots } = await store.open(scope);
      Object.defineProperty(snapshots, "limits", { value: { maxSnapshotBytes: 100 } });
      return { events, snapshots };
    },
  };
  const { sum, bank } = await live(counterClass(everyNEvents(2)), 2, { store: small });
  expect([sum, bank.of("snapshot-failed")]).toMatchObject([
    2,
    [{ error: { code: "PERSISTENCE_SNAPSHOT_TOO_LARGE", data: { maxBytes: 100 } } }],
  ]);
  expect(bank.metrics().snapshots).toMatchObject({ saved: 0, failed: 1, tooLarge: 1 });
});

it("after a failure the next try is some time off, twice as long each time, and counts from the last real snapshot", async () => {
  const Counter = counterClass(everyNEvents(2));
  await using bank = await openBank({
    actors: [Counter],
    faults: ({ operation }) => (operation === "save" ? { type: "rejected", reason: "full" } : undefined),
  });
  const { ask } = bank.system.ref(Counter, "a");
  const failures: number[] = [];
  for (const waitMs of [0, 900, 200, 1_900, 200]) {
    await bank.time.advance(waitMs);
    await ask.addMany(2);
    await bank.time.settle();
    failures.push(bank.metrics().snapshots.failed);
  }
  expect([failures, bank.metrics().snapshots.maxEventsSince]).toEqual([[1, 1, 2, 2, 3], 10]);
});

it("snapshots may be kept in another backend than events", async () => {
  const [store, snapshots] = [memory(), memory()];
  const Counter = counterClass(everyNEvents(2));
  await live(Counter, 2, { store, snapshots });
  expect([await storedSnapshots(store), await storedSnapshots(snapshots)]).toMatchObject([[], [{ version: 2 }]]);
  const { sum, bank } = await live(Counter, 0, { store, snapshots });
  expect([sum, bank.metrics().snapshots.withSnapshot]).toEqual([2, 1]);
  await expect(openBank({ snapshots: {} as never })).rejects.toThrow("snapshots is no backend");
});

class Mapped extends EventSourcedActor<{ type: "noted" }> {
  static type = "mapped";
  static readonly events: Events<{ type: "noted" }> = { noted: 1 };
  state = { byName: new Map<string, number>() };
  apply(): void {}
  look(): number {
    return this.state.byName.size;
  }
}

it("a state that could never be stored fails at the first activation, unless it is production or no snapshot is wanted", async () => {
  await using bank = await openBank({ actors: [Mapped] });
  await expect(bank.system.ref(Mapped, "a").ask.look()).rejects.toMatchObject({
    message: expect.stringContaining("at .byName holds a Map") as string,
    data: { causeCode: "PERSISTENCE_STATE_NOT_STORABLE" },
  });
  await using production = await openBank({ actors: [Mapped], checkInitialState: false });
  expect(await production.system.ref(Mapped, "a").ask.look()).toBe(0);
  class Unsaved extends Mapped {
    static override readonly type = "unsaved";
    static readonly snapshots = noSnapshots;
  }
  await using unsaved = await openBank({ actors: [Unsaved] });
  expect(await unsaved.system.ref(Unsaved, "a").ask.look()).toBe(0);
});

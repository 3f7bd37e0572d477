// The past of an actor, from the store alone.
import {
  EventSourcedActor,
  everyNEvents,
  type Events,
  HistoryLost,
  noSnapshots,
  type PastEvent,
  persistence,
} from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import * as fc from "fast-check";
import { expect, expectTypeOf, it } from "vitest";
import { openBank } from "./bank.ts";
import { type Added, counterClass } from "./counter.ts";

const collect = async <T>(events: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
};

/** One commit per number, a second apart; each adds 1, 2, 3 … as events of one turn. */
async function withHistory(turns: readonly number[], Counter = counterClass(everyNEvents(3))) {
  const store = memory();
  const bank = await openBank({ actors: [Counter], store });
  const { ask } = bank.system.ref(Counter, "a");
  const began = bank.time.clock.wall();
  for (const count of turns) {
    await ask.addMany(count);
    await bank.time.advance(1_000);
  }
  await bank.local.release(() => true);
  return { bank, store, Counter, began, history: bank.system.use(persistence).history(Counter, "a") };
}

it("tells every event with version and time, and wakes nobody", async () => {
  const { bank, history, began } = await withHistory([1, 2]);
  await using _ = bank;
  const events = await collect(history.events());
  expectTypeOf(events).toEqualTypeOf<PastEvent<Added>[]>();
  const event = { type: "added", n: 1 };
  expect(events).toMatchObject([
    { event, version: 1, time: began },
    { event, version: 2, time: began + 1_000 },
    { event, version: 3, time: began + 1_000 },
  ]);
  expect((await collect(history.events({ from: 2, to: 2 }))).map(({ version }) => version)).toEqual([2]);
  expect(bank.system.counts()["counter"]).toBe(0);
  expect((await bank.stored("a", "counter")).length).toBe(2);
});

it("an actor without a history has none, at version 0", async () => {
  const { bank, Counter } = await withHistory([]);
  await using _ = bank;
  const history = bank.system.use(persistence).history(Counter, "nobody");
  expect(await collect(history.events())).toEqual([]);
  expect(await history.captureState()).toEqual({ state: { sum: 0 }, version: 0, time: undefined });
});

it("a captured state is the fold of the events up to it, whatever snapshots there are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }), async (turns) => {
      const { bank, history } = await withHistory(turns);
      await using _ = bank;
      const events = await collect(history.events());
      for (let version = 0; version <= events.length; version++) {
        const sum = events.slice(0, version).reduce((total, { event }) => total + event.n, 0);
        expect(await history.captureState({ atVersion: version })).toMatchObject({ state: { sum }, version });
      }
      for (const { time } of events) {
        const until = events.filter((event) => event.time <= time).length;
        expect(await history.captureState({ atTime: time })).toMatchObject({ state: { sum: until }, version: until });
        expect(await history.captureState({ atTime: new Date(time) })).toMatchObject({ version: until });
      }
    }),
    { numRuns: 25 },
  );
});

it("begins with the newest snapshot that is not too new", async () => {
  const reads: number[] = [];
  const { bank, store, Counter } = await withHistory([3, 3, 1]);
  await bank[Symbol.asyncDispose]();
  await using other = await openBank({
    actors: [Counter],
    store,
    faults: ({ operation, n }) => void (operation === "load" && reads.push(n)),
  });
  const history = other.system.use(persistence).history(Counter, "a");
  const restored: unknown[] = [];
  class Seen extends Counter {
    static override readonly type = "counter";
    override restore(data: unknown, version: number): void {
      restored.push((data as { sum: number }).sum);
      super.restore(data, version);
    }
  }
  const seen = other.system.use(persistence).history(Seen, "a");
  for (const atVersion of [2, 3, 5, 6, 7]) await seen.captureState({ atVersion });
  expect(restored).toEqual([3, 3, 6, 6]);
  expect(await history.captureState({ atVersion: 5 })).toMatchObject({ state: { sum: 5 } });
});

it("what retention has deleted is lost by name, and what is left can be asked for", async () => {
  const { bank, store, history } = await withHistory([3, 3, 3]);
  await using _ = bank;
  const { events } = await store.open({ systemName: "bank", warn: () => undefined });
  await events.truncate({ type: "counter", id: "a" }, 2);
  await expect(collect(history.events())).rejects.toMatchObject({ code: "PERSISTENCE_HISTORY_LOST" });
  await expect(collect(history.events({ to: 2 }))).rejects.toBeInstanceOf(HistoryLost);
  await expect(history.captureState({ atVersion: 2 })).rejects.toMatchObject({ data: { firstVersion: 4 } });
  await expect(history.captureState({ atTime: 0 })).rejects.toBeInstanceOf(HistoryLost);
  expect((await collect(history.events({ from: 4 }))).length).toBe(6);
  expect(await history.captureState({ atVersion: 6 })).toMatchObject({ state: { sum: 6 } });
});

it("what was deleted is no part of the history that follows", async () => {
  const { bank, Counter, history } = await withHistory([3]);
  await using _ = bank;
  await bank.system.use(persistence).delete(Counter, "a");
  expect(await collect(history.events())).toEqual([]);
  expect(await history.captureState()).toMatchObject({ state: { sum: 0 }, version: 3 });
  await bank.system.ref(Counter, "a").ask.add(7);
  expect(await collect(history.events())).toMatchObject([{ version: 4 }]);
  expect(await history.captureState()).toMatchObject({ state: { sum: 7 }, version: 4 });
  await expect(history.captureState({ atVersion: 2 })).rejects.toBeInstanceOf(HistoryLost);
});

it("wrong questions are refused, naming what is wrong", async () => {
  const { bank, history, Counter } = await withHistory([2]);
  await using _ = bank;
  const wrong: [Promise<unknown>, string][] = [
    [history.captureState({ atVersion: 3 }), "version 3 is not reached; the last one is 2"],
    [collect(history.events({ to: 3 })), "version 3 is not reached"],
    [history.captureState({ atVersion: 1, atTime: 1 }), "atVersion and atTime are both given"],
    [history.captureState({ atVersion: -1 }), "atVersion is -1"],
    [history.captureState({ atTime: Number.NaN }), "atTime is NaN"],
    [history.captureState({ version: 1 } as never), 'unknown option "version"'],
    [collect(history.events({ from: 0 })), "from is 0"],
  ];
  for (const [asked, message] of wrong) await expect(asked).rejects.toThrow(message);
  expect(() => bank.system.use(persistence).history(Counter, "")).toThrow("id");
  expect(() => bank.system.use(persistence).history(class {} as never, "a")).toThrow("not a class that extends Actor");
});

it("a class whose constructor needs something gets it from create; apply that throws is named", async () => {
  class Fussy extends EventSourcedActor<Added> {
    static type = "counter";
    static readonly events: Events<Added> = { added: 1 };
    static readonly snapshots = noSnapshots;
    state = { sum: 0 };
    readonly #bonus: number;
    constructor(deps: { bonus: number }) {
      super();
      this.#bonus = deps.bonus;
    }
    apply(event: Added): void {
      if (this.#bonus < 0) throw new Error("no bonus");
      this.state.sum += event.n + this.#bonus;
    }
  }
  const { bank } = await withHistory([2], counterClass(noSnapshots));
  await using _ = bank;
  const api = bank.system.use(persistence);
  const rich = api.history(Fussy, "a", { create: () => new Fussy({ bonus: 10 }) });
  expect(await rich.captureState()).toMatchObject({ state: { sum: 22 } });
  const poor = api.history(Fussy, "a", { create: () => new Fussy({ bonus: -1 }) });
  await expect(poor.captureState()).rejects.toMatchObject({
    code: "PERSISTENCE_REPLAY_FAILED",
    data: { version: 1, eventType: "added" },
  });
});

it("events of a life that was deleted are lost by name, as its states are", async () => {
  const { bank, Counter, history } = await withHistory([1, 1, 1]);
  await using _ = bank;
  await bank.system.use(persistence).delete(Counter, "a");
  await bank.system.ref(Counter, "a").ask.addMany(2);
  for (const range of [{ from: 1, to: 3 }, { from: 3 }, { to: 2 }, { from: 1, to: 5 }]) {
    await expect(collect(history.events(range))).rejects.toMatchObject({
      code: "PERSISTENCE_HISTORY_LOST",
      data: { firstVersion: 4 },
    });
  }
  expect((await collect(history.events())).map(({ version }) => version)).toEqual([4, 5]);
  expect((await collect(history.events({ from: 4, to: 4 }))).map(({ version }) => version)).toEqual([4]);
});

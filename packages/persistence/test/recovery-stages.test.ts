// Recovery as it is seen from outside: permits, stages, and verdicts that are only spoken after a second look.
import {
  type EventStore,
  everyNEvents,
  noSnapshots,
  EventSourcedActor,
  persistence,
  type StoreBackend,
} from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { createVirtualTime } from "@aether/actor/testing";
import type { Faults } from "@aether/persistence/testing";
import { expect, it } from "vitest";
import { hold, openBank, watch } from "./bank.ts";
import { type Added, counterClass } from "./counter.ts";

const Counter = counterClass(everyNEvents(2));

async function stored(turns: readonly number[], Class = Counter): Promise<StoreBackend> {
  const store = memory();
  await using bank = await openBank({ actors: [Class], store });
  for (const count of turns) {
    await bank.system.ref(Class, "a").ask.addMany(count);
    await bank.time.settle();
  }
  return store;
}

it("whoever waits in vain for a permit is told who holds it, and its caller may try again", async () => {
  const held = hold("head");
  await using bank = await openBank({
    actors: [Counter],
    faults: held.faults,
    maxRecoveries: 1,
    permitWithinMs: 1_000,
  });
  const call = (id: string) => bank.system.ref(Counter, id).with({ timeoutMs: 60_000 }).ask.look();
  const first = watch(call("first"));
  await bank.time.advance(500);
  const second = call("second").catch((error: unknown) => error);
  await bank.time.settle();
  expect(bank.metrics().recovery).toMatchObject({ waiting: 1, active: 1 });
  await bank.time.advance(1_100);
  expect(await second).toMatchObject({
    retryable: true,
    message: expect.stringMatching(
      /all 1 recovery permits are held, longest by counter\/first for 1\d\d\d ms/,
    ) as string,
    data: { causeCode: "PERSISTENCE_RECOVERY_TIMEOUT" },
  });
  expect(bank.metrics().recovery).toMatchObject({ waiting: 0, active: 1, failed: 1 });
  held.open();
  await bank.time.settle();
  expect([first.state, await call("second")]).toEqual(["done: 0", 0]);
  expect(bank.metrics().recovery).toMatchObject({ waiting: 0, active: 0 });
});

it("each stage is timed, in the event and in the metrics", async () => {
  const store = await stored([1, 1, 1, 1, 1], counterClass(everyNEvents(3)));
  const time = createVirtualTime();
  const takes = (ms: number) => ({
    type: "wait" as const,
    until: new Promise<void>((resolve) => void time.scheduler.after(ms, resolve)),
  });
  const slow: Partial<Record<string, number>> = { load: 20, head: 30, read: 40, append: 50 };
  const faults: Faults = ({ operation }) => (slow[operation] === undefined ? undefined : takes(slow[operation]));
  class Starting extends counterClass(everyNEvents(3)) {
    static override readonly type = "counter";
    override async onStart(): Promise<void> {
      await new Promise<void>((resolve) => void time.scheduler.after(60, resolve));
    }
  }
  await using bank = await openBank({ actors: [Starting], store, time, faults });
  const looked = bank.system.ref(Starting, "a").ask.look();
  await time.advance(1_000);
  expect(await looked).toBe(5);
  const stages = { permitMs: 0, snapshotMs: 20, headMs: 30, readMs: 40, foldMs: 0, takeOverMs: 50 };
  expect(bank.of("actor-recovered")).toMatchObject([{ tookMs: 120, eventsReplayed: 2, snapshotVersion: 3, stages }]);
  expect(bank.of("actor-started")).toMatchObject([{ tookMs: 60 }]);
  expect(bank.metrics()).toMatchObject({
    recovery: { stages: { ...stages, startMs: 60 }, fullReplays: 0, failed: 0 },
    snapshots: { loadMs: 20, averageReplay: 2, replaySizes: { "1-9": 1, "0": 0 }, maxEventsSince: 2 },
  });
});

/** A store whose first answers are those of a replica that lags. */
function lagging(store: StoreBackend, stale: { head?: number; load?: number }): StoreBackend {
  return {
    name: "lagging",
    async open(scope) {
      const { events, snapshots } = await store.open(scope);
      const left = { head: 0, load: 0, ...stale };
      const head = events.head.bind(events);
      events.head = async (actor) => {
        const last = await head(actor);
        if (left.head-- <= 0 || last === undefined) return last;
        for await (const page of events.read(actor, { after: 0, upTo: last.token })) return page[0];
      };
      const load = snapshots.load.bind(snapshots);
      snapshots.load = async (actor, before) => (left.load-- > 0 ? undefined : load(actor, before));
      return { events, snapshots };
    },
  };
}

it("a snapshot ahead of the head is looked at again before it is called so", async () => {
  const store = await stored([1, 1, 1]);
  await using bank = await openBank({ actors: [Counter], store: lagging(store, { head: 1 }) });
  expect(await bank.system.ref(Counter, "a").ask.look()).toBe(3);
  expect(bank.of("snapshot-unusable")).toEqual([]);
  expect(bank.of("actor-recovered")).toMatchObject([{ snapshotVersion: 2, eventsReplayed: 1 }]);
});

it("a history is called lost only when both were read again", async () => {
  const store = await stored([2, 1]);
  const { events } = await store.open({ systemName: "bank", warn: () => undefined });
  await events.truncate({ type: "counter", id: "a" }, 2);
  await using bank = await openBank({ actors: [Counter], store: lagging(store, { load: 1 }) });
  expect(await bank.system.ref(Counter, "a").ask.look()).toBe(3);
  await using lost = await openBank({ actors: [Counter], store: lagging(store, { load: 2 }) });
  await expect(lost.system.ref(Counter, "a").ask.look()).rejects.toMatchObject({
    data: { causeCode: "PERSISTENCE_HISTORY_LOST" },
  });
});

/** The events of one store, the snapshots of another. */
function joined(ofEvents: StoreBackend, ofSnapshots: StoreBackend): StoreBackend {
  return {
    name: "joined",
    async open(scope) {
      const [{ events }, { snapshots }] = await Promise.all([ofEvents.open(scope), ofSnapshots.open(scope)]);
      return { events, snapshots };
    },
  };
}

it.each([
  ["in the middle of a commit", [1, 3, 1]],
  ["behind another version", [3, 3]],
  ["before the last commit of a longer history", [1, 1, 1, 1, 1, 3]],
])("a snapshot of commits that the store has lost is passed over: it stands %s", async (_, turns) => {
  const Seldom = counterClass(everyNEvents(4));
  const before = await stored([1, 1, 2], Seldom); // a snapshot at version 4, token 3
  const after = memory();
  await using others = await openBank({ actors: [Seldom], store: after });
  for (const count of turns) {
    await others.system.ref(Seldom, "b").ask.addMany(1);
    await others.system.ref(Seldom, "a").ask.addMany(count);
  }
  await using bank = await openBank({ actors: [Seldom], store: joined(after, before) });
  const sum = turns.reduce((total, count) => total + count, 0);
  expect(await bank.system.ref(Seldom, "a").ask.look()).toBe(sum);
  expect(bank.of("snapshot-unusable")).toMatchObject([
    { reason: expect.stringContaining("its commits were lost") as string },
  ]);
  expect(bank.of("actor-recovered")).toMatchObject([{ eventsReplayed: sum, version: sum }]);
  expect(await bank.system.ref(Seldom, "a").ask.addMany(1)).toBe(sum + 1);
});

it("a snapshot of lost commits is passed over, too, where another commit has its version and its token", async () => {
  const Seldom = counterClass(everyNEvents(4));
  const [before, after] = [await stored([1, 1, 2], Seldom), await stored([2, 1, 1], Seldom)];
  await using bank = await openBank({ actors: [Seldom], store: joined(after, before) });
  expect(await bank.system.ref(Seldom, "a").ask.look()).toBe(4);
  const reason = "it stands at version 4 (token 3), where another commit stands now: its commits were lost";
  expect(bank.of("snapshot-unusable")).toMatchObject([{ reason }]);
  expect(bank.of("actor-recovered")).toMatchObject([{ eventsReplayed: 4, snapshotVersion: 0 }]);
});

/** The events of `before` until an append, the first or a later one, which nobody answers; those of `after` from then on. */
function setBack(before: StoreBackend, after: StoreBackend, appends = 0): StoreBackend {
  let left = appends;
  return {
    name: "set-back",
    async open(scope) {
      const [old, { events }] = await Promise.all([before.open(scope), after.open(scope)]);
      let current = old.events;
      const store: EventStore = {
        limits: events.limits,
        head: (actor) => current.head(actor),
        read: (actor, range) => current.read(actor, range),
        truncate: (actor, token) => current.truncate(actor, token),
        list: () => current.list(),
        close: () => events.close(),
        append: async (...append) => {
          if (current === events || left-- > 0) return current.append(...append);
          current = events;
          throw new Error("the power is gone");
        },
      };
      return { events: store, snapshots: (await memory().open(scope)).snapshots };
    },
  };
}

it.each([
  ["nothing", []],
  ["less", [3]],
  ["more, behind fewer versions", [1, 2, 1, 1, 1]],
  ["more, behind more versions", [3, 3, 1, 2]],
  ["as many, and other ones", [2, 1, 1]],
])("a store that is set back under a recovery is read anew: it has %s by then", async (_, turns) => {
  const [before, after] = [await stored([1, 2, 3]), await stored(turns)];
  await using bank = await openBank({ actors: [Counter], store: setBack(before, after) });
  const counter = bank.system.ref(Counter, "a").with({ timeoutMs: 60_000 });
  const added = watch(counter.ask.addMany(2));
  await bank.time.advance(5_000);
  expect(added.state).toBe(`done: ${turns.reduce((total, count) => total + count, 0) + 2}`);
  expect(bank.of("incarnation-lost")).toMatchObject([{ reason: "the store was set back while it recovered" }]);
  expect(bank.of("recovery-failed")).toEqual([]);
});

it("a commit is not stored behind another one that got the token of the lost one before it", async () => {
  const [before, after] = [await stored([1, 2, 3]), await stored([1, 1, 1, 1])]; // four tokens each, the takeover's counted
  await using bank = await openBank({ actors: [Counter], store: setBack(before, after, 1) });
  const added = watch(bank.system.ref(Counter, "a").with({ timeoutMs: 60_000 }).ask.addMany(2));
  await bank.time.advance(5_000);
  expect(added.state).toBe("done: 6");
  expect(bank.of("incarnation-lost")).toMatchObject([{ reason: "another writer has committed" }]);
});

it("an unreachable snapshot store is an error, never no snapshot", async () => {
  const store = await stored([2, 1]);
  await using bank = await openBank({
    actors: [Counter],
    store,
    recoverWithinMs: 1_000,
    faults: ({ operation }) => (operation === "load" ? { type: "throw-before" } : undefined),
  });
  const looked = watch(bank.system.ref(Counter, "a").with({ timeoutMs: 60_000 }).ask.look());
  await bank.time.advance(5_000);
  expect(looked.state).toBe("failed: ACTOR_ACTIVATION_FAILED");
  expect(bank.of("recovery-failed")).toMatchObject([{ error: { code: "PERSISTENCE_RECOVERY_TIMEOUT" } }]);
  expect(bank.metrics().recovery.retried).toBeGreaterThan(1);
});

it("a full replay in spite of snapshots is counted", async () => {
  const store = await stored([2, 2]);
  class Strict extends EventSourcedActor<Added> {
    static type = "counter";
    static readonly events = { added: 1 };
    static readonly snapshotVersion = 2;
    static readonly snapshots = everyNEvents(100);
    state = { sum: 0 };
    apply(event: Added): void {
      this.state.sum += event.n;
    }
    look(): number {
      return this.state.sum;
    }
  }
  await using bank = await openBank({ actors: [Strict], store });
  expect(await bank.system.ref(Strict, "a").ask.look()).toBe(4);
  expect(bank.metrics().recovery.fullReplays).toBe(1);
});

it("metrics are kept per type, and add up", async () => {
  class Other extends counterClass(noSnapshots) {
    static override readonly type = "other";
  }
  await using bank = await openBank({ actors: [Counter, Other] });
  await bank.system.ref(Counter, "a").ask.addMany(2);
  await bank.system.ref(Other, "a").ask.addMany(3);
  await bank.time.advance(5_000);
  const api = bank.system.use(persistence);
  expect([api.metrics(Counter), api.metrics(Other), api.metrics()]).toMatchObject([
    { events: 2, snapshots: { saved: 1, reasons: { interval: 1 }, maxAgeMs: 5_000, maxEventsSince: 0 } },
    { events: 3, snapshots: { saved: 0, maxAgeMs: 0, maxEventsSince: 3 } },
    { events: 5, snapshots: { saved: 1, recoveries: 2, maxEventsSince: 3 } },
  ]);
});

it("a history of which nothing is left but a snapshot is lost, said only after a second look", async () => {
  const snapshots = memory();
  {
    await using bank = await openBank({ actors: [Counter], snapshots });
    await bank.system.ref(Counter, "a").ask.addMany(2);
    await bank.time.settle();
  }
  let heads = 0;
  const faults: Faults = ({ operation }) => void (operation === "head" && heads++);
  await using bank = await openBank({ actors: [Counter], snapshots, faults });
  await expect(bank.system.ref(Counter, "a").ask.add(1)).rejects.toMatchObject({
    retryable: false,
    message: expect.stringContaining("no event is stored, but a snapshot of it is") as string,
    data: { causeCode: "PERSISTENCE_HISTORY_LOST" },
  });
  expect([heads, await bank.stored("a", "counter")]).toEqual([2, []]);
  const past = bank.system.use(persistence).history(Counter, "a").captureState();
  await expect(past).rejects.toMatchObject({ code: "PERSISTENCE_HISTORY_LOST" });
});

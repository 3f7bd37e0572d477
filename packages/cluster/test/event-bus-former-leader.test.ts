// A subscription that is behind reads the store, which a leader answers for a while that is one no more.
import { createSeededRandom, createVirtualTime } from "@aether/actor/testing";
import type { EventLog } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { storeCommit } from "@aether/persistence/testing";
import { expect, it } from "vitest";
import { StoredEventBus } from "../src/bus/bus.ts";
import { loggedStore, MemoryEventLog } from "../src/memory/event-log.ts";

const stored = 10;
/** What the former leader knows. */
const known = 4;

it.each([0, 8])("leaves out nothing behind position %i that a former leader does not show", async (from) => {
  const time = createVirtualTime();
  const { clock, scheduler } = time;
  const log = new MemoryEventLog(clock);
  const { events } = await loggedStore(memory(), log).open({ systemName: "t", warn: () => {} });
  for (let i = 1; i <= stored; i++) {
    await storeCommit(events, { type: "x", id: `${i}` }, { after: 0, firstVersion: 1, events: [{ type: "y" }] });
  }
  const connection = log.connect(scheduler);
  let isFormer = false;
  let looks = 0;
  const shown: EventLog = Object.assign(Object.create(connection) as EventLog, {
    streamOf: () => 0,
    bounds: async () => {
      if (!isFormer) return connection.bounds();
      looks++;
      return { first: 1, last: known };
    },
    read: (stream: number, range: { after: number; upTo: number }, filter: object) =>
      connection.read(stream, isFormer ? { ...range, upTo: Math.min(range.upTo, known) } : range, filter),
    follow: (...args: Parameters<EventLog["follow"]>) => {
      isFormer = true; // from when this process has seen more than it does
      return connection.follow(...args);
    },
  });
  const problems: string[] = [];
  const problem = (error: Error): void => void problems.push(error.message);
  const random = createSeededRandom(1);
  const bus = new StoredEventBus({ openLog: async () => shown, records: log.records, scheduler, random, problem });
  const seen: string[] = [];
  await bus.subscribeToEventStored({ from }, ({ actor }) => void seen.push(actor.id));
  await time.advance(1_000);
  expect(looks).toBeGreaterThan(1);
  isFormer = false;
  await time.advance(1_000);
  expect(seen).toEqual(Array.from({ length: stored - from }, (_, i) => `${from + i + 1}`));
  expect(problems).toEqual([`the log is shown to end at ${known}, before ${stored}`]);
  await bus.close();
});

it("takes no leader for a former one for what was told while it answered", async () => {
  const { scheduler, clock } = createVirtualTime();
  const log = new MemoryEventLog(clock);
  const { events } = await loggedStore(memory(), log).open({ systemName: "t", warn: () => {} });
  const store = (id: string) =>
    storeCommit(events, { type: "x", id }, { after: 0, firstVersion: 1, events: [{ type: "y" }] });
  await store("first");
  const connection = log.connect(scheduler);
  let looks = 0;
  const shown: EventLog = Object.assign(Object.create(connection) as EventLog, {
    streamOf: () => 0,
    bounds: async () => {
      const bounds = await connection.bounds();
      await store(`told ${++looks}`);
      return bounds;
    },
    read: (...args: Parameters<EventLog["read"]>) => connection.read(...args),
    follow: (...args: Parameters<EventLog["follow"]>) => connection.follow(...args),
  });
  const problems: string[] = [];
  const problem = (error: Error): void => void problems.push(error.message);
  const random = createSeededRandom(1);
  const bus = new StoredEventBus({ openLog: async () => shown, records: log.records, scheduler, random, problem });
  const seen: string[] = [];
  await bus.subscribeToEventStored({ from: "start" }, ({ actor }) => void seen.push(actor.id));
  await new Promise(setImmediate);
  expect(seen).toEqual(["first", ...Array.from({ length: looks }, (_, i) => `told ${i + 1}`)]);
  expect(problems).toEqual([]);
  await bus.close();
});

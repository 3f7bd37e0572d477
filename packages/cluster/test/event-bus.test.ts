// The bus of one process against its contract.
import { eventBusSuite } from "@aether/cluster/testing";
import { createVirtualTime } from "@aether/actor/testing";
import { NatsEventBus } from "@aether/cluster";
import { memoryEventBus } from "@aether/cluster/memory";
import { memory } from "@aether/persistence/memory";
import { storeCommit } from "@aether/persistence/testing";
import { describe, expect, it } from "vitest";
import { memoryBusPlace } from "./event-bus-places.ts";

describe("the event bus in memory", () => {
  for (const { name, run } of eventBusSuite({ place: () => memoryBusPlace() })) it(name, run, 60_000);
});

it("does not wait for ever for a handler that hangs when it is closed", async () => {
  const time = createVirtualTime();
  const bus = memoryEventBus({ clock: time.clock, scheduler: time.scheduler });
  const store = await bus.store(memory()).open({ systemName: "t", warn: () => {} });
  let hasBegun = false;
  await bus.subscribeToEventStored({}, () => {
    hasBegun = true;
    return new Promise<void>(() => {});
  });
  await storeCommit(store.events, { type: "x", id: "1" }, { after: 0, firstVersion: 1, events: [{ type: "y" }] });
  await time.advance(1);
  expect(hasBegun).toBe(true);
  let hasClosed = false;
  const closing = bus.close().then(() => {
    hasClosed = true;
  });
  await time.advance(4_000);
  expect(hasClosed).toBe(false);
  await time.advance(2_000);
  await closing;
});

it("does not say that all was handled when it ended before", async () => {
  await using bus = memoryEventBus();
  const store = await bus.store(memory()).open({ systemName: "t", warn: () => {} });
  await storeCommit(store.events, { type: "x", id: "1" }, { after: 0, firstVersion: 1, events: [{ type: "y" }] });
  await storeCommit(store.events, { type: "x", id: "2" }, { after: 0, firstVersion: 1, events: [{ type: "y" }] });
  const options = { from: "start", maxAttempts: 1, maxParked: 1 } as const;
  const subscription = await bus.subscribeToEventStored(options, () => {
    throw new Error("never");
  });
  await expect(subscription.drain()).rejects.toMatchObject({ code: "CLUSTER_TOO_MANY_PARKED" });
});

it.each([
  [{ event: [] }, "event is an empty list"],
  [{ onProblem: 3 as never }, "onProblem is no function"],
])("refuses %j, which would tell nothing", async (options, message) => {
  await using bus = memoryEventBus();
  await expect(bus.subscribeToEventStored(options, () => {})).rejects.toThrow(message);
});

it("refuses to connect with an option that there is not", async () => {
  const options = { servers: "nats://127.0.0.1:1", system: "t", nameSpace: "n" };
  await expect(NatsEventBus.connect(options)).rejects.toThrow('unknown option "nameSpace"');
});

it("every property of the bus has a case, groups aside", () => {
  const shown = new Set(eventBusSuite({ place: () => memoryBusPlace() }).map(({ name }) => name.split(" ")[0]));
  const wanted = Array.from({ length: 22 }, (_, i) => `B${i + 1}`).filter((name) => name !== "B9" && name !== "B10");
  expect(wanted.filter((name) => !shown.has(name))).toEqual([]);
});

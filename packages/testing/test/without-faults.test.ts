// Around what does not fail, the wrappers of this kit change nothing: stores, link and event bus pass their suites in them.
// Otherwise a test would show what the wrapper does.
import { systemScheduler } from "@aether/actor";
import type { Transport } from "@aether/cluster";
import { memoryCluster } from "@aether/cluster/memory";
import { eventBusSuite, transportSuite } from "@aether/cluster/testing";
import type { OpenStores } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { eventStoreSuite, snapshotStoreSuite } from "@aether/persistence/testing";
import { faultPlan } from "@aether/testing";
import { describe, expect, it } from "vitest";
import { StoredEventBus } from "../../cluster/src/bus/bus.ts";
import { memoryBusPlace } from "../../cluster/test/event-bus-places.ts";
import { CrashPlan } from "../src/crash-plan.ts";
import { mortalBus } from "../src/mortal-bus.ts";
import { mortalBackend } from "../src/mortal-store.ts";

const plan = faultPlan();

const storeOf =
  <Store>(pick: (stores: OpenStores) => Store) =>
  async () => {
    const backend = mortalBackend(plan.store(memory()), new CrashPlan());
    return { connect: async () => pick(await backend.open({ systemName: "suite", warn: () => undefined })) };
  };

describe("events", () => {
  for (const { name, run } of eventStoreSuite({ open: storeOf(({ events }) => events) })) it(name, run);
});

describe("snapshots", () => {
  for (const { name, run } of snapshotStoreSuite({ open: storeOf(({ snapshots }) => snapshots) })) it(name, run);
});

describe("the link", () => {
  const place = async () => {
    const backend = memoryCluster();
    const open = async (node: string) => {
      const opened = await backend.open({
        systemName: "suite",
        node,
        problem: () => undefined,
        later: (task) => systemScheduler.microtask(task),
        after: (ms, task) => void systemScheduler.after(ms, task),
      });
      return { ...opened, transport: plan.transport(opened.transport, { node }) };
    };
    return { open, cut: async (node: string) => backend.cut(node), heal: async (node: string) => backend.heal(node) };
  };
  for (const { name, run } of transportSuite({ place })) it(name, run);

  it("says of a frame that the transport did not take that it was not sent", async () => {
    const nothing = () => undefined;
    const busy: Transport = {
      maxFrameBytes: 10,
      isConnected: true,
      listen: () => nothing,
      connect: () => ({ send: () => false, probe: nothing, close: nothing }),
      broadcast: nothing,
      onBroadcast: () => nothing,
      onStatus: () => nothing,
    };
    const listener = { nobodyListens: nothing, alive: nothing };
    const peer = plan.transport(busy, { node: "a" }).connect({ node: "b", epoch: 1 }, listener);
    expect(peer.send(Buffer.from("x"), 1)).toBe(false);
  });
});

describe("the event bus", () => {
  const place = () =>
    memoryBusPlace((parts) => {
      const openLog = async () => plan.eventLog(await parts.openLog());
      const bus = new StoredEventBus({ ...parts, openLog });
      const wrapped = mortalBus(plan.eventBus(bus), new CrashPlan());
      return Object.assign(wrapped, { close: () => bus.close() });
    });
  for (const { name, run } of eventBusSuite({ place, manySubscriptions: 100 })) it(name, run);
});

// The event bus that the nodes of a memory cluster have.
import { createSystem, type ActorSystem } from "@aether/actor";
import { createVirtualTime } from "@aether/actor/testing";
import { cluster } from "@aether/cluster";
import { memoryCluster } from "@aether/cluster/memory";
import { persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { storeCommit } from "@aether/persistence/testing";
import { expect, it } from "vitest";
import { Counter } from "./harness.ts";

async function start(backend: ReturnType<typeof memoryCluster>, node: string): Promise<ActorSystem> {
  const plugins = [persistence({ store: backend.store(memory()) }), cluster({ backend, node, joinSteps: 1 })];
  return await createSystem({ name: "t", actors: [Counter], plugins, log: false });
}

it("tells every node what each stored, and nothing of other systems", async () => {
  const backend = memoryCluster();
  await using one = await start(backend, "one");
  await using two = await start(backend, "two");
  const other = [persistence({ store: backend.store(memory()) }), cluster({ backend, node: "one" })];
  await using stranger = await createSystem({ name: "other", actors: [Counter], plugins: other, log: false });
  const told: string[] = [];
  const { eventBus } = two.use(cluster);
  const subscription = await eventBus.subscribeToEventStored({ actor: Counter }, ({ actor, event }) => {
    told.push(`${actor.id} ${event.by}`);
  });
  await stranger.ref(Counter, "x").ask.count(9);
  for (const id of ["a", "b", "c", "d"]) await one.ref(Counter, id).ask.count(1);
  await subscription.drain();
  expect(told).toEqual(["a 1", "b 1", "c 1", "d 1"]);
});

it("is cut off with its node, checkpoints and all, and goes on where it was", async () => {
  const time = createVirtualTime();
  const backend = memoryCluster(time);
  const scope = {
    systemName: "t",
    node: "n",
    problem: () => undefined,
    later: () => undefined,
    after: () => undefined,
  };
  const { eventBus } = await backend.open(scope);
  const { events } = await backend.store(memory()).open({ systemName: "t", warn: () => undefined });
  const told: number[] = [];
  const options = { name: "s", checkpointEvery: 1 };
  const subscription = await eventBus!.subscribeToEventStored(options, ({ version }) => void told.push(version));

  const store = async (after: number): Promise<unknown> =>
    storeCommit(events, { type: "x", id: "1" }, { after, firstVersion: after + 1, events: [{ type: "y" }] });
  await store(0);
  await time.advance(10);
  backend.cut("n");
  await store(1);
  await time.advance(5_000);
  expect(told).toEqual([1]);
  await expect(eventBus!.subscribeToEventStored({ name: "other" }, () => undefined)).rejects.toThrow("reach");
  backend.heal("n");
  await time.advance(1_000);
  expect(told).toEqual([1, 2]);
  await subscription.stop();
});

it("says what is missing where nothing is told to it", async () => {
  const backend = memoryCluster();
  const plugins = [persistence({ store: memory() }), cluster({ backend, node: "one" })];
  await using system = await createSystem({ name: "t", actors: [Counter], plugins, log: false });
  await expect(system.use(cluster).eventBus.subscribeToEventStored({}, () => undefined)).rejects.toThrow(
    "use persistence({ store: nodes.store(memory()) })",
  );
});

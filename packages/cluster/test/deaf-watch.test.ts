// Nodes whose watch of the table tells nothing any more, and does not know it: each of them learns of changes all the same.
import { type ClusterBackend, cluster } from "@aether/cluster";
import type { ActorSystem } from "@aether/actor";
import { expect, it } from "vitest";
import { Counter, leaseMs, TestCluster } from "./harness.ts";
import { type SlowTable, slowTable } from "./slow-table.ts";

/** A heartbeat brings the news, and half a lease is waited for the watch. */
const withinMs = leaseMs / 5 + leaseMs / 2 + 10;

const stateOf = (system: ActorSystem, id: string) =>
  system
    .use(cluster)
    .nodes()
    .find(({ node }) => node === id)?.state;

async function start(nodes: readonly string[]) {
  const test = new TestCluster();
  const table: SlowTable = slowTable(test.backend);
  const backend: ClusterBackend = table.backend;
  const systems = [];
  for (const node of nodes) systems.push(await test.start(node, { backend }));
  return { test, table, backend, systems: systems as [ActorSystem, ActorSystem] };
}

it("see who joins", async () => {
  const { table, backend, systems, ...rest } = await start(["a", "b"]);
  await using test = rest.test;
  table.deafen("a");
  table.deafen("b");
  await test.start("c", { backend });
  await test.time.advance(withinMs);
  expect(systems.map((system) => stateOf(system, "c"))).toEqual(["up", "up"]);
});

it("see who is gone, also when the only one that knows it is one of them", async () => {
  const { table, backend, systems, ...rest } = await start(["a", "b"]);
  await using test = rest.test;
  await test.start("c", { backend });
  table.deafen("a");
  table.deafen("b");
  test.backend.cut("c");
  await test.time.advance(leaseMs + 2 * withinMs);
  expect(systems.map((system) => stateOf(system, "c"))).toEqual(["removed", "removed"]);
});

it("see that they drain themselves", async () => {
  const { table, systems, ...rest } = await start(["a", "b"]);
  await using test = rest.test;
  table.deafen("a");
  await test.within(systems[0].stop(), withinMs);
  expect(stateOf(systems[1], "a")).toBe("left");
});

it("serve those that know more", async () => {
  const { table, backend, systems, ...rest } = await start(["a", "b"]);
  await using test = rest.test;
  table.deafen("a");
  await test.start("c", { backend });
  const [, b] = systems;
  expect(await test.within(b.ref(Counter, test.idOn("a", b)).ask.count(1), withinMs)).toBe(1);
});

// Options are checked once, when the plugin is made.
import { createSystem } from "@aether/actor";
import { cluster, type ClusterOptions } from "@aether/cluster";
import { memoryCluster } from "@aether/cluster/memory";
import { persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { Counter, TestCluster } from "./harness.ts";

const backend = memoryCluster();

it.each<[string, ClusterOptions, string | RegExp]>([
  ["neither servers nor backend", {}, /give `servers` or `backend`/],
  ["both", { backend, servers: "nats://127.0.0.1:4222" }, /give `servers` or `backend`/],
  ["an empty node id", { backend, node: "" }, 'node is ""'],
  ["a node id that is no token", { backend, node: "a.b" }, 'node is "a.b"'],
  ["a node id that is too long", { backend, node: "x".repeat(65) }, /1 to 64/],
  ["a negative weight", { backend, weight: -1 }, "weight is -1; use 0 to 1,000"],
  ["a weight that is no number", { backend, weight: Number.NaN }, "weight is NaN"],
  ["too much weight", { backend, weight: 1_001 }, "weight is 1001"],
  ["a short lease", { backend, leaseMs: 499 }, "leaseMs is 499; use 500 to 600,000"],
  ["a lease that is no number", { backend, leaseMs: Number.NaN }, "leaseMs is NaN"],
  ["an endless lease", { backend, leaseMs: Number.POSITIVE_INFINITY }, "leaseMs is Infinity"],
  ["a short heartbeat", { backend, heartbeatMs: 49 }, "heartbeatMs is 49; use 50 to half of the lease"],
  ["a heartbeat over half of the lease", { backend, leaseMs: 1_000, heartbeatMs: 501 }, "heartbeatMs is 501"],
  ["a heartbeat over half of the lease that holds without one", { backend, heartbeatMs: 2_501 }, "heartbeatMs is 2501"],
  ["an odd number of replicas", { servers: "nats://127.0.0.1:4222", replicas: 2 }, "replicas is 2"],
  [
    "a durability that there is not",
    { servers: "nats://127.0.0.1:4222", durability: "some" as "dev" },
    "durability is some",
  ],
  [
    "one replica of what is to be replicated",
    { servers: "nats://127.0.0.1:4222", durability: "replicated", replicas: 1 },
    "replicas is 1",
  ],
  ["an option that there is not", { backend, nodeId: "a" } as ClusterOptions, 'unknown option "nodeId"'],
])("refuses %s", (_what, options, message) => {
  expect(() => cluster(options)).toThrow(message);
});

it("takes what is at the edge", () => {
  cluster({ backend, weight: 0, leaseMs: 500, heartbeatMs: 250 });
  cluster({ backend, weight: 1_000, leaseMs: 600_000, heartbeatMs: 50, node: "x".repeat(64) });
});

it("gives a node without a name one of its own at each start", async () => {
  const start = () => createSystem({ name: "t", log: false, plugins: [cluster({ backend })] });
  const [one, two] = [await start(), await start()];
  expect(one.use(cluster).node).not.toBe(two.use(cluster).node);
  await one.stop();
  await two.stop();
});

it("does not let systems of different names see each other, though they share a backend", async () => {
  await using all = new TestCluster();
  const a = await all.start("a");
  const { clock, scheduler } = all.time;
  const plugins = [persistence({ store: memory() }), cluster({ backend: all.backend, node: "b" })];
  const other = await createSystem({ name: "other", actors: [Counter], plugins, log: false, clock, scheduler });
  expect(
    a
      .use(cluster)
      .nodes()
      .map(({ node }) => node),
  ).toEqual(["a"]);
  expect(
    other
      .use(cluster)
      .nodes()
      .map(({ node }) => node),
  ).toEqual(["b"]);
  expect(await all.within(a.ref(Counter, "1").ask.count(1))).toBe(1);
  expect(await all.within(other.ref(Counter, "1").ask.count(5))).toBe(5);
  await all.within(other.stop());
});

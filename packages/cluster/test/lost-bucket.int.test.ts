// The members' bucket is deleted while nodes run, and made anew: they say so, join again, and go on.
import { type ActorSystem, createSystem, type SystemEvent } from "@aether/actor";
import { cluster, namesOf } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { ensureBucket } from "@aether/persistence/jetstream";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Counter } from "./harness.ts";

let server: NatsServer;
const systems: ActorSystem[] = [];
const events: SystemEvent[] = [];

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(async () => {
  for (const system of systems.toReversed()) await system.stop();
  await server.stop();
});

async function start(node: string): Promise<ActorSystem> {
  const plugins = [cluster({ servers: server.url, node, leaseMs: 1_000 })];
  const system = await createSystem({ name: "t", actors: [Counter], plugins, log: false });
  system.events.subscribe((event) => void events.push(event));
  systems.push(system);
  return system;
}

function known(system: ActorSystem): unknown[] {
  const nodes = system.use(cluster).nodes();
  return nodes.map(({ node, epoch, state, revision, weight }) => ({ node, epoch, state, revision, weight }));
}

it("is noticed by all nodes, which agree again and have lost no event", async () => {
  const [a, b] = [await start("a"), await start("b")];
  const ids = Array.from({ length: 10 }, (_, i) => `lost${i}`);
  const count = (system: ActorSystem): Promise<number[]> =>
    Promise.all(ids.map((id) => system.ref(Counter, id).with({ timeoutMs: 30_000 }).ask.count(1)));
  expect(await count(a)).toEqual(ids.map(() => 1));
  await expect.poll(() => known(b).length).toBe(2);
  const before = a.use(cluster).revision;

  await using link = await connectLink({ servers: server.url });
  const manager = await jetstreamManager(link.connection);
  await manager.streams.delete(namesOf("t").bucketStream);
  await expect.poll(() => systems.map((one) => one.use(cluster).hasLease), { timeout: 20_000 }).toEqual([false, false]);
  const waiting = count(b); // until there is a table again
  await ensureBucket(link, namesOf("t").bucket, 1);
  expect(await waiting).toEqual(ids.map(() => 2));
  expect(await count(a)).toEqual(ids.map(() => 3));
  const regressed = events.filter(
    (event) => "error" in event && (event.error as { code?: string }).code === "CLUSTER_TABLE_REGRESSED",
  );
  expect(regressed.length).toBeGreaterThanOrEqual(2);
  for (const system of systems) expect(system.use(cluster).epoch).toBeGreaterThan(before);
  await expect.poll(() => [known(a), a.use(cluster).hasLease, b.use(cluster).hasLease]).toEqual([known(b), true, true]);
}, 60_000);

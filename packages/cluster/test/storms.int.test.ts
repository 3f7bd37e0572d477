// What is no death: connections that break all at once and again and again, a bucket without a leader for longer than a
// lease, a server that comes back. Nobody is removed for it, and callers see latency only.
import { type ActorSystem, createSystem, type SystemEvent } from "@aether/actor";
import { cluster, namesOf } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsCluster, startNatsServer } from "@aether/nats/server";
import { type CutProxy, startCutProxy } from "@aether/nats/testing";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterEach, expect, it } from "vitest";
import { Counter } from "./harness.ts";

const ids = Array.from({ length: 20 }, (_, i) => `s${i}`);
const systems: ActorSystem[] = [];
const events: SystemEvent[] = [];
const others: AsyncDisposable[] = [];
/** Callers go on until it is over. */
const calling = { isOver: false };

afterEach(async () => {
  calling.isOver = true;
  for (const system of systems.splice(0).toReversed()) await system.stop();
  for (const other of others.splice(0).toReversed()) await other[Symbol.asyncDispose]();
  events.length = 0;
});

async function start(servers: string | readonly string[], node: string, rest: object): Promise<ActorSystem> {
  const actors = node === "client" ? [] : [Counter];
  const plugins = [cluster({ servers, node, ...rest })];
  const system = await createSystem({ name: "t", actors, plugins, log: false });
  system.events.subscribe((event) => void events.push(event));
  systems.push(system);
  return system;
}

/** Asks each counter again as soon as it has answered, until it is called. @returns what failed, and how often each counted */
function load(client: ActorSystem): () => Promise<{ failed: unknown[]; counted: number[] }> {
  calling.isOver = false;
  const failed: unknown[] = [];
  const callers = ids.map(async (id) => {
    let counted = 0;
    for (; !calling.isOver && failed.length === 0; counted++) {
      await client
        .ref(Counter, id)
        .with({ timeoutMs: 30_000 })
        .ask.count(1)
        .catch((error: unknown) => void failed.push(error));
    }
    return counted;
  });
  return async () => {
    calling.isOver = true;
    return { failed, counted: await Promise.all(callers) };
  };
}

function losses(): SystemEvent[] {
  return events.filter(({ type }) => type === "node-removed" || type === "node-lost-place");
}

async function expectAllCounted(client: ActorSystem, end: ReturnType<typeof load>): Promise<void> {
  const { failed, counted } = await end();
  expect(failed).toEqual([]);
  for (const [i, id] of ids.entries())
    expect(await client.ref(Counter, id).with({ timeoutMs: 30_000 }).ask.read(), id).toBe(counted[i]);
  expect(losses()).toEqual([]);
}

it("a storm of broken connections costs nobody his place, also one that lasts longer than a lease", async () => {
  const server: NatsServer = await startNatsServer();
  others.push(server);
  const proxy: CutProxy = await startCutProxy({ target: server });
  others.push(proxy);
  // A connection that breaks in its handshake is noticed by the client's time-out only.
  const rest = { leaseMs: 3_000, connection: { timeout: 300 } };
  for (const node of ["a", "b", "c"]) await start(proxy.url, node, rest);
  const client = await start(proxy.url, "client", rest);
  const end = load(client);
  for (let storm = 0; storm < 8; storm++) {
    proxy.cut();
    await expect.poll(() => proxy.connections, { timeout: 5_000, interval: 20 }).toBe(4);
  }
  proxy.refuse(true);
  proxy.cut();
  await expect
    .poll(() => systems.map((one) => one.use(cluster).hasLease), { timeout: 10_000 })
    .toEqual(Array(4).fill(false));
  proxy.refuse(false);
  await expect
    .poll(() => systems.map((one) => one.use(cluster).hasLease), { timeout: 10_000 })
    .toEqual(Array(4).fill(true));
  await expectAllCounted(client, end);
}, 60_000);

it("the loss of any server of three costs nobody his place, nor does a bucket without a leader for longer than a lease", async () => {
  const nats = await startNatsCluster();
  others.push(nats);
  const rest = { replicas: 3, leaseMs: 1_500, connection: { noRandomize: true } };
  // Each server has a node that is connected to it.
  const urlsFrom = (i: number): string[] => [...nats.urls.slice(i), ...nats.urls.slice(0, i)];
  for (const [i, node] of ["a", "b", "c"].entries()) await start(urlsFrom(i), node, rest);
  const client = await start(nats.urls, "client", rest);
  await using link = await connectLink({ servers: nats.urls });
  const manager = await jetstreamManager(link.connection);
  const info = () => manager.streams.info(namesOf("t").bucketStream).then(({ cluster: group }) => group);
  const end = load(client);
  const leader = (await info())?.leader as string;
  const follower = (await info())?.replicas?.[0]?.name as string;
  for (const name of [follower, leader]) {
    nats.named(name).kill();
    // The nodes that were connected there go to another one; without the leader the leases run out.
    if (name === leader)
      await expect.poll(() => systems.some((one) => !one.use(cluster).hasLease), { timeout: 20_000 }).toBe(true);
    await nats.named(name).restart();
    await expect.poll(() => systems.every((one) => one.use(cluster).hasLease), { timeout: 40_000 }).toBe(true);
    await expect
      .poll(async () => (await info())?.replicas?.every(({ current }) => current), { timeout: 40_000 })
      .toBe(true);
  }
  await expectAllCounted(client, end);
}, 120_000);

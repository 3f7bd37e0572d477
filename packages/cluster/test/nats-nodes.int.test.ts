// Three nodes and a client over a real server, under load.
import { type ActorSystem, createSystem, type SystemEvent } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Counter, Echo } from "./harness.ts";

const leaseMs = 2_000;
let server: NatsServer;
let systems: ActorSystem[];
let events: SystemEvent[];

beforeEach(async () => {
  server = await startNatsServer();
  systems = [];
  events = [];
});
afterEach(async () => {
  for (const system of systems.toReversed()) await system.stop();
  await server.stop();
});

async function start(node: string, actors: (typeof Counter | typeof Echo)[] = [Counter, Echo], name = "t") {
  const plugins = [cluster({ servers: server.url, node, leaseMs })];
  const system = await createSystem({ name, actors, plugins, log: false });
  system.events.subscribe((event) => void events.push(event));
  systems.push(system);
  return system;
}

async function three() {
  const nodes = await Promise.all(["a", "b", "c"].map((node) => start(node)));
  return { nodes: nodes as [ActorSystem, ActorSystem, ActorSystem], client: await start("client", []) };
}

const ids = Array.from({ length: 30 }, (_, i) => `n${i}`);

/** Asks every counter to count one, round after round; the outcomes, not the order, matter. */
async function load(
  client: ActorSystem,
  rounds: number,
  during: (round: number) => void = () => {},
): Promise<unknown[]> {
  const asks: Promise<unknown>[] = [];
  for (let round = 0; round < rounds; round++) {
    during(round);
    for (const id of ids) asks.push(client.ref(Counter, id).with({ timeoutMs: 20_000 }).ask.count(1));
    for (let turns = 0; turns < 20; turns++) await nextTurn();
  }
  return (await Promise.allSettled(asks)).flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
}

async function totals(client: ActorSystem): Promise<Set<number>> {
  return new Set(await Promise.all(ids.map((id) => client.ref(Counter, id).ask.read())));
}

it("share the actors and lose no command", async () => {
  const { nodes, client } = await three();
  expect(await load(client, 100)).toEqual([]);
  expect(await totals(client)).toEqual(new Set([100]));
  const counts = nodes.map((node) => node.counts()["counter"] ?? 0);
  expect(counts.reduce((sum, count) => sum + count)).toBe(30);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});

it("bear a server that is killed and started again: nobody is removed, and no ask fails", async () => {
  const { client } = await three();
  let restarted: Promise<void> | undefined;
  const failures = await load(client, 60, (round) => {
    if (round !== 20) return;
    server.kill();
    restarted = server.restart();
  });
  await restarted;
  expect(failures).toEqual([]);
  expect(await totals(client)).toEqual(new Set([60]));
  expect(events.filter(({ type }) => type === "node-removed" || type === "node-lost-place")).toEqual([]);
  expect(
    client
      .use(cluster)
      .nodes()
      .map(({ state }) => state),
  ).toEqual(["up", "up", "up", "up"]);
  const late = await start("late"); // the watch goes on, too
  await expect.poll(() => client.use(cluster).nodes().length, { timeout: 10_000 }).toBe(5);
  expect(await late.ref(Counter, "n0").ask.read()).toBe(60);
}, 60_000);

it("let one of them stop under load, and no ask of a durable or volatile actor fails", async () => {
  const { nodes, client } = await three();
  let stopped: Promise<void> | undefined;
  const volatile: Promise<unknown>[] = [];
  const failures = await load(client, 100, (round) => {
    if (round === 30) stopped = nodes[1].stop();
    for (const id of ids) volatile.push(client.ref(Echo, id).ask.say(round));
  });
  await stopped;
  expect(failures).toEqual([]);
  const echoes = await Promise.allSettled(volatile);
  expect(echoes.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []))).toEqual([]);
  expect(await totals(client)).toEqual(new Set([100]));
}, 60_000);

it("do not see a system of another name on the same server", async () => {
  const a = await start("a");
  const other = await start("a", [Counter], "other");
  expect(a.use(cluster).nodes()).toHaveLength(1);
  expect(other.use(cluster).nodes()).toHaveLength(1);
  expect(await a.ref(Counter, "1").ask.count(1)).toBe(1);
  expect(await other.ref(Counter, "1").ask.count(5)).toBe(5);
});

it("answer with an error what is larger than the server takes, and go on", async () => {
  const { nodes, client } = await three();
  const large = "x".repeat(1_100_000);
  await expect(client.ref(Echo, "1").ask.say(large)).rejects.toMatchObject({ code: "CLUSTER_MESSAGE_TOO_LARGE" });
  for (const id of ids) for (const node of nodes) node.ref(Echo, id).tell.say("x".repeat(400_000));
  for (let i = 0; i < 3; i++) await Promise.all(ids.map((id) => client.ref(Echo, id).ask.say(i)));
  const heard = await Promise.allSettled(ids.map((id) => client.ref(Echo, id).ask.heard())); // 1.2 MB each
  expect(new Set(heard.map((one) => (one.status === "rejected" ? (one.reason as { code: string }).code : "")))).toEqual(
    new Set(["CLUSTER_MESSAGE_TOO_LARGE"]),
  );
  expect(await client.ref(Echo, "1").ask.say("fits")).toBe("fits");
}, 60_000);

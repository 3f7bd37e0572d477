// Event-sourced actors on three servers that flush before they acknowledge, under load: the leader is killed, then each
// server leaves in order ("lame duck") and another one takes its place, with an empty store. Callers see latency only.
import { type ActorSystem, createSystem, type SystemEvent } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { provision } from "@aether/cluster/permissions";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { placeOf } from "@aether/persistence/jetstream";
import { jetstreamManager } from "@nats-io/jetstream";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { Counter } from "./harness.ts";

const system = "bank";
const config = 'lame_duck_grace_period: "500ms"\nlame_duck_duration: "30s"';
const servers = new Map<string, NatsServer>();
const systems: ActorSystem[] = [];
const events: SystemEvent[] = [];

afterEach(async () => {
  for (const one of systems.toReversed()) await one.stop();
  await Promise.all([...servers.values()].map((server) => server.stop()));
});

async function startServer(name: string): Promise<NatsServer> {
  const routes = [...servers].filter(([other]) => other !== name).map(([, { routeUrl }]) => routeUrl as string);
  const place = { cluster: "c", name, routes: routes.length > 0 ? routes : ["nats://127.0.0.1:1"] };
  const server = await startNatsServer({ cluster: place, syncInterval: "always", config });
  servers.set(name, server);
  return server;
}

const urls = () => [...servers.values()].map(({ url }) => url);

/** All that it holds is current again. */
async function healthy(server: NatsServer): Promise<void> {
  const look = () => fetch(`${server.monitoringUrl}/healthz`).then(({ status }) => status, String);
  await expect.poll(look, { timeout: 40_000, interval: 100 }).toBe(200);
}

async function start(node: string, actors: [typeof Counter] | []): Promise<ActorSystem> {
  const member = cluster({
    servers: urls(),
    durability: "strict",
    monitoringUrl: [...servers.values()].map(({ monitoringUrl }) => monitoringUrl),
    node,
    leaseMs: 2_000,
  });
  const one = await createSystem({ name: system, actors: [...actors], plugins: [member], log: false });
  one.events.subscribe((event) => void events.push(event));
  systems.push(one);
  return one;
}

interface Load {
  isOver: boolean;
  readonly answers: Map<string, number[]>;
  readonly failed: unknown[];
  slowestMs: number;
}

/** Asks again as soon as it is answered, with a deadline that an election fits into. */
async function caller(client: ActorSystem, id: string, load: Load): Promise<void> {
  const counter = client.ref(Counter, id).with({ timeoutMs: 30_000 });
  const answers: number[] = [];
  load.answers.set(id, answers);
  while (!load.isOver) {
    const began = performance.now();
    await counter.ask.count(1).then(
      (n) => void answers.push(n),
      (error: unknown) => void load.failed.push(error),
    );
    load.slowestMs = Math.max(load.slowestMs, performance.now() - began);
  }
}

async function leaderOfEvents(): Promise<string> {
  await using link = await connectLink({ servers: urls() });
  const manager = await jetstreamManager(link.connection);
  const { cluster: group } = await manager.streams.info(placeOf(system, "ev").stream);
  return group?.leader ?? "";
}

/** Asks the server to leave, and puts an empty one into its place, whose process and port are others. */
async function replace(name: string): Promise<void> {
  const old = servers.get(name) as NatsServer;
  old.kill("SIGUSR2");
  const gone = () =>
    fetch(`${old.monitoringUrl}/varz`).then(
      () => "there",
      () => "gone",
    );
  await expect.poll(gone, { timeout: 40_000, interval: 50 }).toBe("gone");
  await old.stop(); // its store goes with it
  await healthy(await startServer(name));
}

it("lose no acknowledged command and repeat none while servers die, leave and are replaced", async () => {
  const first = await startServer("n1");
  await Promise.all([startServer("n2"), startServer("n3")]);
  await healthy(first);
  await expect.poll(() => provision({ servers: urls(), system }), { timeout: 30_000 }).toHaveLength(4);
  await start("a", [Counter]);
  await start("b", [Counter]);
  const client = await start("client", []);
  const load: Load = { isOver: false, answers: new Map(), failed: [], slowestMs: 0 };
  const callers = Array.from({ length: 20 }, (_, i) => caller(client, `n${i}`, load));
  await pause(500);

  const leader = servers.get(await leaderOfEvents()) as NatsServer;
  leader.kill();
  await leader.restart();
  await healthy(leader);
  const answered = () => [...load.answers.values()].reduce((sum, { length }) => sum + length, 0);
  const before = new Map([...load.answers].map(([id, { length }]) => [id, length]));
  const waiting = () => [...load.answers].filter(([id, { length }]) => length < (before.get(id) ?? 0) + 2).length;
  await expect.poll(waiting, { timeout: 30_000 }).toBe(0); // nobody has an ask under way from before
  const atKillMs = load.slowestMs;
  load.slowestMs = 0;
  for (const name of ["n1", "n2", "n3"]) await replace(name);

  load.isOver = true;
  await Promise.all(callers);
  const slowest = `${atKillMs | 0} ms at the kill, ${load.slowestMs | 0} ms at the replacements`;
  process.stdout.write(`${answered()} commands; slowest ${slowest}\n`);
  expect(load.failed).toEqual([]);
  for (const [id, answers] of load.answers) {
    expect(answers, id).toEqual(answers.map((_, i) => i + 1));
    expect(await client.ref(Counter, id).ask.read(), id).toBe(answers.length);
  }
  expect(load.slowestMs).toBeLessThan(4_000); // a server that leaves in order costs no election
  expect(answered()).toBeGreaterThan(1_000);
  expect(events.filter(({ type }) => type === "node-removed" || type === "node-lost-place")).toEqual([]);
}, 180_000);

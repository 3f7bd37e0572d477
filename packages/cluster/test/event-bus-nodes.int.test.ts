// The bus where it is used: on nodes with actors, in processes without, over kills, restarts and several streams.
import { type ActorSystem, createSystem } from "@aether/actor";
import { cluster, NatsEventBus, type StoredEvent } from "@aether/cluster";
import { eventBusSuite } from "@aether/cluster/testing";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { jetStream, placeOf } from "@aether/persistence/jetstream";
import { storeCommit } from "@aether/persistence/testing";
import { jetstreamManager } from "@nats-io/jetstream";
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { JetStreamEventStore } from "../../persistence/src/jetstream/event-store.ts";
import { type Counted, Counter } from "./harness.ts";
import { natsBusPlace } from "./nats-bus-places.ts";

let server: NatsServer;
let systems: ActorSystem[] = [];
const soon = { timeout: 20_000, interval: 10 };
/** What another process has to start for. */
const atLast = { timeout: 60_000, interval: 10 };

beforeAll(async () => {
  server = await startNatsServer();
});
afterEach(async () => {
  for (const system of systems) await system.stop();
  systems = [];
});
afterAll(() => server.stop());

async function node(name: string, id: string, servers = server.url): Promise<ActorSystem> {
  const plugins = [cluster({ servers, node: id })];
  const system = await createSystem({ name, actors: [Counter], plugins, log: false });
  systems.push(system);
  return system;
}

it("tells a node what actors of all nodes persist, and keeps its version cache fresh by it", async () => {
  const updated = vi.spyOn(JetStreamEventStore.prototype, "updateVersionCache");
  const [a, b] = [await node("telling", "a"), await node("telling", "b")];
  const seen: StoredEvent<Counted>[] = [];
  const { eventBus } = a.use(cluster);
  await eventBus.subscribeToEventStored({ actor: Counter, from: "start" }, (stored) => void seen.push(stored));
  for (const id of ["x", "y", "z", "w"])
    await b
      .ref(Counter, id)
      .with({ commandId: `count ${id}` })
      .ask.count(3);
  await vi.waitFor(() => expect(seen).toHaveLength(4), soon);
  expect(seen.map(({ actor, event, version, commandId }) => ({ id: actor.id, event, version, commandId }))).toEqual(
    ["x", "y", "z", "w"].map((id) => ({
      id,
      event: { type: "counted", by: 3 },
      version: 1,
      commandId: `count ${id}`,
    })),
  );
  expect(new Set(seen.map((stored) => stored.node)).size).toBeGreaterThanOrEqual(1);
  expect(updated.mock.calls.map(([{ id }, token]) => [id, token])).toEqual(
    seen.map(({ actor, position }) => [actor.id, position]),
  );
  updated.mockRestore();
});

it("stops its subscriptions with the system, and tells nothing afterwards", async () => {
  const [a, b] = [await node("ending", "a"), await node("ending", "b")];
  const subscription = await a.use(cluster).eventBus.subscribeToEventStored({ actor: Counter }, () => {});
  await a.stop();
  await subscription.ended;
  const late = a.use(cluster).eventBus.subscribeToEventStored({ actor: Counter }, () => {});
  await expect(late).rejects.toMatchObject({ code: "CLUSTER_BUS_CLOSED" });
  await b.ref(Counter, "x").ask.count(1);
});

it("stands alone in a process without actors, once there is a store", async () => {
  const problems: Error[] = [];
  const onProblem = (problem: Error): void => void problems.push(problem);
  await using bus = await NatsEventBus.connect({ servers: server.url, system: "alone", onProblem });
  await expect(bus.subscribeToEventStored({ actor: Counter }, () => {})).rejects.toMatchObject({
    code: "PERSISTENCE_STORE_NOT_PROVISIONED",
  });
  const system = await node("alone", "a");
  const seen: number[] = [];
  await bus.subscribeToEventStored({ actor: Counter }, ({ event }) => void seen.push(event.by));
  await system.ref(Counter, "x").ask.count(5);
  await vi.waitFor(() => expect(seen).toEqual([5]), soon);
  expect(problems).toEqual([]);
});

it("keeps a cache fresh that knows from it that an append is doomed", async () => {
  const open = (): ReturnType<ReturnType<typeof jetStream>["open"]> =>
    jetStream({ servers: server.url }).open({ systemName: "caching", warn: () => {} });
  const [own, other] = [await open(), await open()];
  const { events } = own;
  await using bus = await NatsEventBus.connect({
    servers: server.url,
    system: "caching",
    updateVersionCache: (actor, token) => events.updateVersionCache(actor, token),
  });
  await bus.subscribeToEventStored({ actor: "of-no-interest" }, () => {});
  const actor = { type: "counter", id: "x" };
  const commit = (by: number) => ({ after: 0, firstVersion: 1, events: [{ type: "counted", by } as Counted] });
  await storeCommit(other.events, actor, commit(1));
  await vi.waitFor(() => expect(events.versionCache.tokenOf(actor)).toBe(1), soon);
  expect(await storeCommit(events, actor, commit(2))).toEqual({ type: "conflict" });
  expect(events.versionCache.stats).toMatchObject({ spared: 1, wrong: 0 });
  for (const stores of [own, other]) {
    await stores.events.close();
    await stores.close?.();
  }
});

it("has one consumer for all subscriptions of a process, and none when the last one has stopped", async () => {
  await node("consuming", "a");
  await using link = await connectLink({ servers: server.url });
  const manager = await jetstreamManager(link.connection);
  const { stream } = placeOf("consuming", "ev");
  const consumers = async (): Promise<number> => (await manager.streams.info(stream)).state.consumer_count;
  await using bus = await NatsEventBus.connect({ servers: server.url, system: "consuming" });
  const from = ["new", "start", new Date(0), 0] as const;
  const subscriptions = await Promise.all(
    from.map((one) => bus.subscribeToEventStored({ actor: Counter, from: one }, () => {})),
  );
  await vi.waitFor(async () => expect(await consumers()).toBe(1), soon);
  for (const subscription of subscriptions) await subscription.stop();
  await vi.waitFor(async () => expect(await consumers()).toBe(0), soon);
});

it("goes on over a restart of the server", { timeout: 60_000 }, async () => {
  await using restarted = await startNatsServer();
  const stores = await jetStream({ servers: restarted.url }).open({ systemName: "restarting", warn: () => {} });
  await using bus = await NatsEventBus.connect({ servers: restarted.url, system: "restarting", onProblem: () => {} });
  const seen: unknown[] = [];
  const options = { actor: "counter", from: "start", name: "reader", checkpointMs: 50 } as const;
  await bus.subscribeToEventStored(options, ({ version }) => void seen.push(version));
  const actor = { type: "counter", id: "x" };
  let after = 0;
  const store = async (version: number): Promise<void> => {
    const commit = { after, firstVersion: version, events: [{ type: "counted" }] };
    const outcome = await storeCommit(stores.events, actor, commit);
    after = outcome.type === "committed" ? outcome.token : expect.unreachable(outcome.type);
  };
  await store(1);
  await vi.waitFor(() => expect(seen).toEqual([1]), soon);
  restarted.kill();
  await restarted.restart();
  await vi.waitFor(() => store(2), soon);
  await store(3);
  await vi.waitFor(() => expect(seen).toEqual([1, 2, 3]), soon);
  await stores.events.close();
  await stores.close?.();
});

interface Said {
  readonly id: string;
  readonly actor: string;
  readonly version: number;
}

function startSubscriber(system: string): {
  readonly said: Said[];
  readonly child: ChildProcess;
  ended: Promise<unknown>;
} {
  const script = fileURLToPath(new URL("bus-process.ts", import.meta.url));
  const args = ["--conditions=@aether/source", "--import", "tsx", script, server.url, system];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const said: Said[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => said.push(JSON.parse(line) as Said));
  return { said, child, ended: new Promise((resolve) => child.once("exit", resolve)) };
}

it(
  "B4 after kill -9 tells again what may not be handled, the same, and leaves nothing out",
  { timeout: 150_000 },
  async () => {
    const system = await node("killing", "a");
    const ids = ["x", "y", "z"];
    const store = async (rounds: number): Promise<void> => {
      for (let i = 0; i < rounds; i++) await Promise.all(ids.map((id) => system.ref(Counter, id).ask.count(1)));
    };
    await store(40);
    const first = startSubscriber("killing");
    await vi.waitFor(() => expect(first.said.length).toBeGreaterThan(30), atLast);
    first.child.kill("SIGKILL");
    await first.ended;
    await store(10);
    const second = startSubscriber("killing");
    await vi.waitFor(() => expect(second.said.filter(({ version }) => version === 50)).toHaveLength(3), atLast);
    second.child.stdin?.end();
    await second.ended;
    const known = new Map(first.said.map(({ id, actor, version }) => [id, `${actor} ${version}`]));
    const again = second.said.filter(({ id }) => known.has(id));
    expect(again.every(({ id, actor, version }) => known.get(id) === `${actor} ${version}`)).toBe(true);
    expect(again.length).toBeLessThanOrEqual(6); // what was under way, and what was not yet written down
    for (const one of ids) {
      const versions = [...first.said, ...second.said]
        .filter(({ actor }) => actor === one)
        .map(({ version }) => version);
      expect([...new Set(versions)]).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    }
  },
);

it("keeps what it promises where the store spreads events over streams", { timeout: 60_000 }, async () => {
  const place = (): ReturnType<typeof natsBusPlace> => natsBusPlace({ servers: server.url, eventStreams: 4 });
  const names = /^B(1 tells only|2 keeps|3 goes on exactly|5 tells|6 |11 sets|12 handles|20 )/;
  const cases = eventBusSuite({ place }).filter(({ name }) => names.test(name));
  expect(cases).toHaveLength(8);
  for (const { name, run } of cases) await run().catch((error: unknown) => expect.fail(`${name}: ${String(error)}`));
  const opened = await place();
  const bus = await opened.open("a");
  await expect(bus.subscribeToEventStored({ from: 1 }, () => {})).rejects.toThrow(/1 positions, the store 4 streams/);
  const subscription = await bus.subscribeToEventStored({ from: [0, 0, 0, 0] }, () => {});
  expect(subscription.position).toEqual([0, 0, 0, 0]);
  await opened.dispose();
});

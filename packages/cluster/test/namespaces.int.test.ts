// Two systems of one name in one NATS account, in two namespaces: nothing of one is ever seen by the other.
import { type ActorSystem, createSystem, type SystemEvent } from "@aether/actor";
import { cluster, type ClusterOptions, namesOf } from "@aether/cluster";
import { memoryCluster } from "@aether/cluster/memory";
import { connectLink, type Link } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { persistence } from "@aether/persistence";
import { bucketOf, jetStream, placeOf } from "@aether/persistence/jetstream";
import { jetstreamManager } from "@nats-io/jetstream";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { joinedAt } from "../src/epoch.ts";
import { checkHistory } from "./history-check.ts";
import { Counter, Echo } from "./harness.ts";

let server: NatsServer;
let link: Link;
const systems: ActorSystem[] = [];
const removed: SystemEvent[] = [];

beforeAll(async () => {
  server = await startNatsServer();
  link = await connectLink({ servers: server.url });
});
afterEach(async () => {
  for (const system of systems.splice(0).toReversed()) await system.stop();
});
afterAll(async () => {
  await link.close();
  await server.stop();
});

async function start(node: string, rest: Partial<ClusterOptions> = {}): Promise<ActorSystem> {
  const plugins = [cluster({ servers: server.url, node, leaseMs: 1_000, joinSteps: 1, ...rest })];
  const system = await createSystem({ name: "bank", actors: [Counter, Echo], plugins, log: false });
  system.events.subscribe((event) => {
    if (event.type === "node-removed" || event.type === "node-lost-place") removed.push(event);
  });
  systems.push(system);
  return system;
}

function known(system: ActorSystem): string[] {
  const nodes = system.use(cluster).nodes();
  return nodes.filter(({ state }) => state === "up").map(({ node }) => node);
}

async function historyOf(id: string, namespace?: string) {
  const store = jetStream({ link: () => Promise.resolve(link), ...(namespace === undefined ? {} : { namespace }) });
  const { events, snapshots } = await store.open({ systemName: "bank", warn: () => {} });
  try {
    const actor = { type: "counter", id };
    const snapshot = await snapshots.load(actor);
    return { ...(await checkHistory(events, actor)), hasSnapshot: snapshot !== undefined };
  } finally {
    await events.close();
    await snapshots.close();
  }
}

it("keep members, histories, snapshots, messages and heartbeats apart, with the same names and node ids", async () => {
  const [a1, b1] = [await start("a", { namespace: "blue" }), await start("b", { namespace: "blue" })];
  const a2 = await start("a", { namespace: "green" });
  const a3 = await start("a");
  expect([known(a1), known(b1), known(a2), known(a3)]).toEqual([["a", "b"], ["a", "b"], ["a"], ["a"]]);

  const counts = new Map([
    [b1, 25],
    [a2, 3],
    [a3, 1],
  ]);
  for (const [system, times] of counts) for (let i = 0; i < times; i++) await system.ref(Counter, "x").ask.count(1);
  for (const system of [a1, b1, a2, a3]) await system.ref(Echo, "x").ask.say(system.use(cluster).node);
  expect(await a1.ref(Counter, "x").ask.read()).toBe(25);
  expect(await a2.ref(Counter, "x").ask.read()).toBe(3);
  expect(await a3.ref(Counter, "x").ask.read()).toBe(1);
  expect(await a1.ref(Echo, "x").ask.heard()).toEqual(["a", "b"]);
  expect(await a2.ref(Echo, "x").ask.heard()).toEqual(["a"]);
  expect(await a3.ref(Echo, "x").ask.heard()).toEqual(["a"]);

  await expect.poll(async () => (await historyOf("x", "blue")).hasSnapshot).toBe(true); // every 20 events
  expect((await historyOf("x", "blue")).sum).toBe(25);
  expect(await historyOf("x", "green")).toMatchObject({ sum: 3, hasSnapshot: false });
  expect(await historyOf("x")).toMatchObject({ sum: 1, hasSnapshot: false });

  const stored = new Map<ActorSystem, number[]>();
  for (const system of [a1, a2, a3]) {
    const versions: number[] = [];
    stored.set(system, versions);
    const { eventBus } = system.use(cluster);
    await eventBus.subscribeToEventStored(
      { actor: "counter", from: "start" },
      ({ version }) => void versions.push(version),
    );
  }
  await expect.poll(() => [a1, a2, a3].map((system) => stored.get(system)?.length)).toEqual([25, 3, 1]);

  const beats = new Map<string, string[]>();
  for (const namespace of ["blue", "green", undefined]) {
    const heard: string[] = [];
    beats.set(namespace ?? "", heard);
    link.subscribe(
      namesOf("bank", namespace).beat,
      ({ data }) => void heard.push(String(JSON.parse(Buffer.from(data).toString())[0])),
    );
  }
  const seen = (namespace: string): string[] => [...new Set(beats.get(namespace))].toSorted();
  await expect.poll(() => [seen("blue"), seen("green"), seen("")]).toEqual([["a", "b"], ["a"], ["a"]]);

  await b1.stop(); // one that leaves in one namespace is missed in no other
  systems.splice(systems.indexOf(b1), 1);
  await expect.poll(() => known(a1)).toEqual(["a"]);
  expect(removed).toEqual([]);
  expect([known(a2), known(a3)]).toEqual([["a"], ["a"]]);
});

it("have buckets, streams and subjects of their own, all below a prefix that permissions can name", async () => {
  await start("a", { namespace: "red" });
  const manager = await jetstreamManager(link.connection);
  const { prefix, bucketStream } = namesOf("bank", "red");
  expect(prefix).toBe("aether-red.bank");
  const names = [bucketStream, bucketOf("bank", "red").stream, placeOf("bank", "ev", "red").stream];
  for (const stream of [...names, placeOf("bank", "sn", "red").stream]) {
    const { config } = await manager.streams.info(stream);
    for (const subject of config.subjects ?? [])
      expect(subject).toMatch(/^(aether-red\.bank\.|\$KV\.aether-[a-z]+-red_bank\.)/);
  }
});

it("are honored by a store that is listed by hand, and not mixed with those that come along", async () => {
  const store = persistence({ store: jetStream({ servers: server.url, namespace: "hand" }) });
  const plugins = [store, cluster({ servers: server.url, node: "a", namespace: "mine", leaseMs: 1_000 })];
  const system = await createSystem({ name: "bank", actors: [Counter], plugins, log: false });
  systems.push(system);
  await system.ref(Counter, "byhand").ask.count(7);
  expect((await historyOf("byhand", "hand")).sum).toBe(7);
  expect((await historyOf("byhand", "mine")).sum).toBe(0);
});

it("hold for the memory backend, too", async () => {
  const backend = memoryCluster();
  for (const namespace of ["one", "two"]) {
    const plugins = [cluster({ backend, node: "a", namespace })];
    systems.push(await createSystem({ name: "bank", actors: [Echo], plugins, log: false }));
  }
  const [one, two] = systems as [ActorSystem, ActorSystem];
  await one.ref(Echo, "x").ask.say("secret");
  expect(await two.ref(Echo, "x").ask.heard()).toEqual([]);
  expect(joinedAt(two.use(cluster).epoch)).toBe(1);
});

it.each(["", "a.b", "a_b", "1a", "a b", "*", ">", "-a", "é", "x".repeat(33), 7 as unknown as string])(
  "refuse the name %j",
  (namespace) => {
    expect(() => cluster({ servers: server.url, namespace })).toThrow(/cluster: namespace is .*; use a letter/);
    expect(() => jetStream({ servers: server.url, namespace })).toThrow(/jetStream: namespace is .*; use a letter/);
  },
);

it("give no two pairs of namespace and system anything in common, whatever their names", () => {
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,8}$/);
  const odd = fc.constantFrom(
    "store",
    "nodes",
    "ev",
    "sn",
    "aether",
    "a_ev",
    "a_ev_0",
    "nodes-a",
    "store-a_b",
    "a-b_c",
  );
  const namespace = fc.option(
    fc.oneof(
      fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/),
      odd.filter((one) => !one.includes("_")),
    ),
    {
      nil: undefined,
    },
  );
  const pair = fc.tuple(fc.oneof(name, odd), namespace);
  fc.assert(
    fc.property(pair, pair, (one, other) => {
      fc.pre(one[0] !== other[0] || one[1] !== other[1]);
      const [mine, theirs] = [allNames(...one), allNames(...other)];
      expect(mine.filter((own) => theirs.includes(own))).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

function allNames(system: string, namespace?: string): string[] {
  const { prefix, bucket, beat, nodeSubjects } = namesOf(system, namespace);
  const [events, snapshots] = [placeOf(system, "ev", namespace), placeOf(system, "sn", namespace)];
  const streams = [bucket, bucketOf(system, namespace).bucket, events.stream, `${events.stream}_0`, snapshots.stream];
  return [prefix, beat, nodeSubjects, events.subjects, snapshots.subjects, ...streams];
}

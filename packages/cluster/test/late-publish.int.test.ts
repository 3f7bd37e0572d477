// A commit of a node that was taken over from arrives late, after those of its successor: the server refuses it, the former
// owner learns that it was fenced, and its caller's command is done once.
import { type ActorSystem, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { type CutProxy, startCutProxy } from "@aether/nats/testing";
import { persistence } from "@aether/persistence";
import { jetStream, placeOf } from "@aether/persistence/jetstream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Counter } from "./harness.ts";
import { checkHistory } from "./history-check.ts";

const leaseMs = 1_000;
let server: NatsServer;
let proxy: CutProxy;
const systems: ActorSystem[] = [];

beforeAll(async () => {
  server = await startNatsServer();
  proxy = await startCutProxy({ target: server });
});
afterAll(async () => {
  for (const system of systems.toReversed()) await system.stop();
  await proxy.stop();
  await server.stop();
});

async function start(servers: string, node: string, actors: [typeof Counter] | []): Promise<ActorSystem> {
  const plugins = [cluster({ servers, node, leaseMs, joinSteps: 1 })];
  const system = await createSystem({ name: "t", actors: [...actors], plugins, log: false });
  systems.push(system);
  return system;
}

it("is refused, and the history has each version once", async () => {
  await start(server.url, "a", [Counter]);
  const b = await start(proxy.url, "b", [Counter]);
  const client = await start(server.url, "client", []);
  const onB = (id: string): boolean => client.use(cluster).ownerOf(client.ref(Counter, id)) === "b";
  const id = Array.from({ length: 100 }, (_, i) => `late${i}`).find(onB) as string;
  const counter = client.ref(Counter, id).with({ timeoutMs: 20_000 }).ask;
  expect(await counter.count(1)).toBe(1);

  const place = placeOf("t", "ev");
  const trapped = proxy.holdPublish((subject) => subject === place.subjectOf({ type: "counter", id }));
  proxy.refuse(true); // the connection that it takes down does not come back
  const local = b.ref(Counter, id).with({ timeoutMs: 30_000 }).ask.count(10);
  const held = await trapped; // from here on `b` does not know what became of its commit
  expect(await counter.count(100)).toBe(101); // noticed, taken over, committed
  const answer = await held.release();
  expect(answer).toContain("wrong last sequence");
  expect(await counter.read()).toBe(101);
  proxy.refuse(false);
  expect(await local).toBe(111);
  expect(await counter.read()).toBe(111);
  // What it finds first: that it has no place any more, or that its commit is refused.
  expect(b.use(cluster).overlaps.count + b.use(persistence).metrics().conflicts).toBeGreaterThan(0);

  await using link = await connectLink({ servers: server.url });
  const { events, snapshots } = await jetStream({ link: () => Promise.resolve(link) }).open({
    systemName: "t",
    warn: () => {},
  });
  const { commits, sum } = await checkHistory(events, { type: "counter", id });
  expect(sum).toBe(111);
  expect(new Set(commits.map(({ node }) => node)).size).toBe(2);
  await events.close();
  await snapshots.close();
}, 60_000);

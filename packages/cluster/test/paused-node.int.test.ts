// A real process that is stopped, taken over from, and woken: the zombie.
import { type ActorSystem, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { jetStream } from "@aether/persistence/jetstream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startChildNode } from "./child-node.ts";
import { Counter, Echo, ownersOf } from "./harness.ts";
import { checkHistory } from "./history-check.ts";

const leaseMs = 1_000;
let server: NatsServer;
let a: ActorSystem;
let client: ActorSystem;

beforeAll(async () => {
  server = await startNatsServer();
  const start = (node: string, actors: (typeof Counter | typeof Echo)[]): Promise<ActorSystem> =>
    createSystem({ name: "t", actors, plugins: [cluster({ servers: server.url, node, leaseMs })], log: false });
  a = await start("a", [Counter, Echo]);
  client = await start("client", []);
});
afterAll(async () => {
  await client.stop();
  await a.stop();
  await server.stop();
});

function counter(system: ActorSystem, id: string) {
  return system.ref(Counter, id).with({ timeoutMs: 20_000 }).ask;
}

/** What the histories add up to, each found whole and in order. */
async function sums(ids: readonly string[]): Promise<number[]> {
  await using link = await connectLink({ servers: server.url });
  const store = jetStream({ link: () => Promise.resolve(link) });
  const { events, snapshots } = await store.open({ systemName: "t", warn: () => {} });
  const histories = await Promise.all(ids.map((id) => checkHistory(events, { type: "counter", id })));
  await events.close();
  await snapshots.close();
  return histories.map(({ sum }) => sum);
}

function epochs(): Record<string, number> {
  return Object.fromEntries(
    client
      .use(cluster)
      .nodes()
      .map(({ node, epoch }) => [node, epoch]),
  );
}

it("a process that was stopped and woken has lost nothing, doubled nothing, shows nothing stale and accuses nobody", async () => {
  const child = await startChildNode(server.url, "b", leaseMs);
  await expect.poll(() => client.use(cluster).nodes().length).toBe(3);
  await expect.poll(() => a.use(cluster).nodes().length).toBe(3);
  const ids = Array.from({ length: 200 }, (_, i) => `z${i}`)
    .filter((id) => ownersOf(client).ownerOf("counter", id) === "b")
    .slice(0, 20);
  await Promise.all(ids.map((id) => counter(client, id).count(1)));
  const before = epochs();
  for (const id of ids) child.write(`count ${id} 10`); // some of these are under way when it stops
  child.signal("SIGSTOP");
  const taken = await Promise.all(ids.map((id) => counter(client, id).count(100)));
  for (const value of taken) expect([101, 111]).toContain(value);
  for (const id of ids) child.write(`read ${id} 0`);
  child.signal("SIGCONT");
  await expect
    .poll(() => child.said.filter((one) => "value" in one || "error" in one).length, { timeout: 20_000 })
    .toBe(40);
  expect(child.said.filter((one) => "error" in one)).toEqual([]);
  for (const { line, value } of child.said) {
    if (String(line).startsWith("read")) expect([101, 111]).toContain(value); // never 1 or 11: that was before the takeover
  }
  for (const id of ids) expect(await counter(client, id).read()).toBe(111);
  for (const sum of await sums(ids)) expect(sum).toBe(111);
  const after = epochs();
  expect(after["b"]).toBeGreaterThan(before["b"] ?? 0);
  expect([after["a"], after["client"]]).toEqual([before["a"], before["client"]]);
  expect(child.said.filter((one) => "removed" in one)).toEqual([]);
  expect(await child.end()).toBe(0);
}, 60_000);

it("a process that is killed and started again under its id takes its actors back as they were", async () => {
  const first = await startChildNode(server.url, "k", leaseMs);
  await expect
    .poll(
      () =>
        client
          .use(cluster)
          .nodes()
          .filter(({ state }) => state === "up").length,
    )
    .toBe(3);
  const ids = Array.from({ length: 20 }, (_, i) => `k${i}`);
  await Promise.all(ids.map((id) => counter(client, id).count(1)));
  const load = ids.map((id) => counter(client, id).count(1));
  first.signal("SIGKILL");
  await Promise.all(load);
  const second = await startChildNode(server.url, "k", leaseMs);
  await Promise.all(ids.map((id) => counter(client, id).count(1)));
  for (const id of ids) expect(await counter(client, id).read()).toBe(3);
  expect(await second.end()).toBe(0);
}, 60_000);

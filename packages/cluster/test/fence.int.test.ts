// Two processes force an append at the same version of the JetStream store: the fence, seen from the cluster.
import { connectLink, type Link } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import type { EventStore, OpenStores } from "@aether/persistence";
import { jetStream } from "@aether/persistence/jetstream";
import { afterAll, beforeAll, expect, it } from "vitest";

let server: NatsServer;
const links: Link[] = [];
const opened: OpenStores[] = [];

beforeAll(async () => {
  server = await startNatsServer();
  for (let i = 0; i < 2; i++) {
    const link = await connectLink({ servers: server.url });
    links.push(link);
    opened.push(await jetStream({ link: () => Promise.resolve(link) }).open({ systemName: "t", warn: () => {} }));
  }
});
afterAll(async () => {
  for (const { events, snapshots } of opened) {
    await events.close();
    await snapshots.close();
  }
  for (const link of links) await link.close();
  await server.stop();
});

it("lets exactly one of two writers of a version win, the very first version included", async () => {
  const [one, two] = opened.map(({ events }) => events) as [EventStore, EventStore];
  for (let actor = 0; actor < 20; actor++) {
    const key = { type: "counter", id: `f${actor}` };
    let after = 0;
    for (let version = 1; version <= 5; version++) {
      const outcomes = await Promise.all([
        one.append(key, after, Buffer.from(`one ${version}`)),
        two.append(key, after, Buffer.from(`two ${version}`)),
      ]);
      expect(outcomes.map(({ type }) => type).toSorted()).toEqual(["committed", "conflict"]);
      const winner = outcomes[0].type === "committed" ? "one" : "two";
      const head = await two.head(key);
      expect(Buffer.from(head?.bytes ?? []).toString()).toBe(`${winner} ${version}`);
      after = head?.token ?? 0;
    }
  }
});

it("tells a writer that repeats a lost append that it is stored, once", async () => {
  const [one, two] = opened.map(({ events }) => events) as [EventStore, EventStore];
  const key = { type: "counter", id: "repeated" };
  const bytes = Buffer.from("mine");
  const first = await one.append(key, 0, bytes);
  expect(await one.append(key, 0, bytes)).toEqual(first);
  expect(await two.append(key, 0, Buffer.from("theirs"))).toEqual({ type: "conflict" });
  const token = first.type === "committed" ? first.token : 0;
  await two.append(key, token, Buffer.from("next"));
  expect(await one.append(key, 0, bytes)).toEqual(first);
});

// Following what is stored: over lost connections, for as long as somebody listens, and into the version cache.
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { startCutProxy } from "@aether/nats/testing";
import type { StoredAt } from "@aether/persistence";
import { placeOf } from "@aether/persistence/jetstream";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { alice, bytes, emptyPlace } from "./jetstream-places.ts";

let server: NatsServer;

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

const dev = () => ({ servers: server.url });
const soon = { timeout: 15_000, interval: 10 };

function listening() {
  const told: StoredAt[] = [];
  return { told, listener: (stored: StoredAt) => void told.push(stored), tokens: () => told.map(({ token }) => token) };
}

it("tells what other connections store, and knows from it that an append is doomed", async () => {
  const { connect, dispose } = emptyPlace(dev);
  const [own, other] = [(await connect()).events, (await connect()).events];
  const { told, listener } = listening();
  await own.follow(listener);
  const outcome = await other.append(alice, 0, bytes("theirs"));
  await vi.waitFor(() => expect(told).toEqual([{ actor: alice, token: 1 }]), soon);
  expect(outcome).toEqual({ type: "committed", token: 1 });
  expect(own.versionCache.tokenOf(alice)).toBe(1);
  expect(await own.append(alice, 0, bytes("ours"))).toEqual({ type: "conflict" });
  expect(own.versionCache.stats).toMatchObject({ hits: 1, spared: 1, wrong: 0 });
  await dispose();
});

it("tells what was stored while its connection was away, from the first message on that it missed", async () => {
  await using proxy = await startCutProxy({ target: server });
  const { connect, dispose } = emptyPlace(dev);
  const [cut, direct] = [(await connect({ servers: proxy.url })).events, (await connect()).events];
  await direct.append(alice, 0, bytes("before"));
  const { tokens, listener } = listening();
  await cut.follow(listener);
  proxy.refuse(true);
  proxy.cut();
  for (const after of [1, 2, 3]) await direct.append(alice, after, bytes("meanwhile"));
  proxy.refuse(false);
  await vi.waitFor(() => expect(tokens()).toEqual([2, 3, 4]), soon);
  await direct.append(alice, 4, bytes("after"));
  await vi.waitFor(() => expect(tokens()).toEqual([2, 3, 4, 5]), soon);
  await dispose();
});

it("goes on over a restart of the server", { timeout: 60_000 }, async () => {
  await using restarted = await startNatsServer();
  const { connect, dispose } = emptyPlace(() => ({ servers: restarted.url }));
  const { events } = await connect();
  const { tokens, listener } = listening();
  await events.follow(listener);
  await events.append(alice, 0, bytes("before"));
  await vi.waitFor(() => expect(tokens()).toEqual([1]), soon);
  restarted.kill();
  await restarted.restart();
  await vi.waitFor(() => events.append(alice, 1, bytes("after")), soon);
  await vi.waitFor(() => expect(tokens()).toEqual([1, 2]), { timeout: 30_000, interval: 10 });
  await dispose();
});

it("has one consumer per stream however many listen, and none when nobody does", async () => {
  const { systemName, connect, dispose } = emptyPlace(() => ({ servers: server.url, eventStreams: 2 }));
  const { events } = await connect();
  await using link = await connectLink(dev());
  const manager = await jetstreamManager(link.connection);
  const consumers = async (): Promise<number[]> => {
    const names = [0, 1].map((i) => `${placeOf(systemName, "ev").stream}_${i}`);
    return Promise.all(names.map(async (name) => (await manager.streams.info(name)).state.consumer_count));
  };
  expect(await consumers()).toEqual([0, 0]);
  const ends = await Promise.all([1, 2, 3].map(() => events.follow(() => {})));
  expect(await consumers()).toEqual([1, 1]);
  await ends[0]?.();
  expect(await consumers()).toEqual([1, 1]);
  await Promise.all(ends.map(async (end) => end()));
  await vi.waitFor(async () => expect(await consumers()).toEqual([0, 0]), soon);
  const { told, listener } = listening();
  await events.follow(listener);
  await events.append(alice, 0, bytes("x"));
  await vi.waitFor(() => expect(told).toHaveLength(1), soon);
  await dispose();
});

it("goes on for others when a listener throws, and says so", async () => {
  const { warnings, connect, dispose } = emptyPlace(dev);
  const { events } = await connect();
  const { told, listener } = listening();
  await events.follow(() => {
    throw new Error("broken listener");
  });
  await events.follow(listener);
  await events.append(alice, 0, bytes("x"));
  await vi.waitFor(() => expect(told).toHaveLength(1), soon);
  expect(warnings.join()).toContain("broken listener");
  await dispose();
});

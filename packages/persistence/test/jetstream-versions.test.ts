// The version cache: bounded, never going back, and never deciding anything. The link is a fake that holds one subject.
import type { AppendOutcome as LinkOutcome, Link, StoredMessage } from "@aether/nats";
import { beforeEach, expect, it } from "vitest";
import { JetStreamEventStore } from "../src/jetstream/event-store.ts";
import { placeOf } from "../src/jetstream/layout.ts";
import { spread } from "../src/jetstream/partition-map.ts";
import { raise, VersionCache } from "../src/jetstream/version-cache.ts";
import { alice, bytes } from "./jetstream-places.ts";

const cacheOf = (maxActors: number) => new VersionCache(({ id }) => ({ stream: "EV", subject: `ev.${id}` }), maxActors);
const actor = (n: number) => ({ type: "account", id: `a${n}` });

it("never goes back to an older token", () => {
  const cache = cacheOf(10);
  cache.update(alice, 7);
  cache.update(alice, 5);
  expect(cache.tokenOf(alice)).toBe(7);
  raise(cache.knownOf(alice), 9);
  expect(cache.tokenOf(alice)).toBe(9);
});

it("is bounded, and keeps what is used", () => {
  const cache = cacheOf(100);
  for (let n = 0; n < 100; n++) cache.update(actor(n), 1);
  for (let n = 100; n < 5_000; n++) {
    cache.knownOf(actor(0));
    cache.update(actor(n), n);
  }
  expect(cache.stats.actors).toBe(100);
  expect(cache.tokenOf(actor(0))).toBe(1);
  expect(cache.tokenOf(actor(1))).toBe(0);
  expect(cache.tokenOf(actor(4_999))).toBe(4_999);
});

it("makes room when everything in it was used", () => {
  const cache = cacheOf(3);
  for (let n = 0; n < 10; n++) raise(cache.knownOf(actor(n)), n + 1);
  expect(cache.stats.actors).toBe(3);
  expect(cache.tokenOf(actor(9))).toBe(10);
});

it("counts look-ups of appends as hits and misses", () => {
  const cache = cacheOf(10);
  cache.lookUp(alice);
  cache.update(alice, 3);
  cache.lookUp(alice);
  expect(cache.stats).toEqual({ actors: 1, hits: 1, misses: 1, spared: 0, wrong: 0 });
});

/** What was asked of the link, and what it holds. */
let asked: string[];
let stored: StoredMessage[];
let lastSequence: number;

beforeEach(() => {
  asked = [];
  stored = [];
  lastSequence = 0;
});

function put(text: string): number {
  const sequence = (lastSequence += 10);
  stored.push({ subject: "any", sequence, timeMs: 0, data: bytes(text) });
  return sequence;
}

const link = {
  maxPayloadBytes: 1_000,
  append: async (_subject: string, data: Uint8Array, expected: number): Promise<LinkOutcome> => {
    asked.push("append");
    const actual = stored.at(-1)?.sequence ?? 0;
    if (actual !== expected) return { type: "wrong-sequence", actual };
    return { type: "stored", sequence: put(Buffer.from(data).toString()) };
  },
  getNextFromLeader: async (_stream: string, _subject: string, from: number) => {
    asked.push("next");
    return stored.find(({ sequence }) => sequence >= from);
  },
  getLast: async () => stored.at(-1),
} as unknown as Link;

function openStore(): JetStreamEventStore {
  const place = placeOf("t", "ev");
  const map = spread(place.stream, 1);
  return new JetStreamEventStore({ link, place, map, isReplicated: false, maxCachedActors: 10, warn: () => {} });
}

it("asks the leader in place of a publish that is doomed, and says what became of ours", async () => {
  const store = openStore();
  const ours = put("ours");
  const theirs = put("theirs");
  store.updateVersionCache(alice, theirs);
  expect(await store.append(alice, 0, bytes("ours"))).toEqual({ type: "committed", token: ours });
  expect(await store.append(alice, 0, bytes("others"))).toEqual({ type: "conflict" });
  expect(asked).toEqual(["next", "next"]);
  expect(store.versionCache.stats).toMatchObject({ hits: 2, spared: 2, wrong: 0 });
});

it("publishes in one round trip when the cache is right, empty or behind", async () => {
  const store = openStore();
  await store.append(alice, 0, bytes("one"));
  await store.append(alice, 10, bytes("two"));
  const fresh = openStore();
  await fresh.head(alice);
  const foreign = put("foreign");
  await fresh.append(alice, foreign, bytes("three"));
  expect(asked).toEqual(["append", "append", "append"]);
  expect(store.versionCache.tokenOf(alice)).toBe(20);
});

it("commits although the cache says that another commit stands there, when the leader shows none", async () => {
  const store = openStore();
  const first = put("first");
  store.updateVersionCache(alice, 1_000_000);
  expect(await store.append(alice, first, bytes("second"))).toEqual({ type: "committed", token: first + 10 });
  expect(asked).toEqual(["next", "append"]);
  expect(store.versionCache.stats).toMatchObject({ spared: 0, wrong: 1 });
  expect(await store.append(alice, first + 10, bytes("third"))).toMatchObject({ type: "committed" });
  expect(asked).toEqual(["next", "append", "append"]);
});

it("finds a conflict although the cache is behind", async () => {
  const store = openStore();
  const first = put("first");
  store.updateVersionCache(alice, first);
  put("theirs");
  expect(await store.append(alice, first, bytes("ours"))).toEqual({ type: "conflict" });
  expect(asked).toEqual(["append", "next"]);
});

it("refuses what is too large whatever the cache says", async () => {
  const store = openStore();
  store.updateVersionCache(alice, put("theirs"));
  const outcome = await store.append(alice, 0, new Uint8Array(2_000));
  expect(outcome).toMatchObject({ type: "rejected", reason: expect.stringContaining("max_payload") });
  expect(asked).toEqual([]);
});

it("doubts a server once that shows less than what it acknowledged before", async () => {
  const store = openStore();
  await store.append(alice, 0, bytes("one"));
  const behind = stored.splice(0);
  // As from a leader that was replaced and does not know it: what it says proves nothing yet.
  await expect(store.append(alice, 10, bytes("two"))).rejects.toThrow("shows none");
  stored.push(...behind);
  expect(await store.append(alice, 10, bytes("two"))).toEqual({ type: "committed", token: 20 });
  stored.splice(0);
  await expect(store.append(alice, 20, bytes("three"))).rejects.toThrow("shows none");
  expect(await store.append(alice, 20, bytes("three"))).toEqual({ type: "conflict" });
});

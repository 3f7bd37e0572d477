// Where events lie: partitions over streams, agreed on in a bucket; what the server's limits mean for lists and truncation.
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { StoreMisconfigured } from "@aether/persistence";
import { partitionOf, placeOf } from "@aether/persistence/jetstream";
import { eventStoreSuite } from "@aether/persistence/testing";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alice, bytes, emptyPlace, history } from "./jetstream-places.ts";

let server: NatsServer;

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

const dev = () => ({ servers: server.url });
const spread = (eventStreams: number) => () => ({ servers: server.url, eventStreams });

async function streamNames(systemName: string): Promise<string[]> {
  await using link = await connectLink(dev());
  const manager = await jetstreamManager(link.connection);
  const names = await manager.streams.names(`aether.${systemName}.ev.>`).next();
  return names.toSorted();
}

describe("the store of events over eight streams", () => {
  const open = async () => {
    const { connect, dispose } = emptyPlace(spread(8));
    return { connect: async () => (await connect()).events, dispose };
  };
  for (const { name, skip, run } of eventStoreSuite({ open })) it.skipIf(skip !== undefined)(name, run);
});

describe("the map of partitions", () => {
  it("is made once, whoever comes first: all nodes agree on it, and one that wanted another is told", async () => {
    const { systemName, warnings, connect, dispose } = emptyPlace(dev);
    const wishes = [4, 1, 2, 4, 8, 1];
    const stores = await Promise.all(wishes.map((eventStreams) => connect({ eventStreams })));
    const names = await streamNames(systemName);
    const place = placeOf(systemName, "ev");
    expect(wishes).toContain(names.length);
    expect(names[0]).toBe(names.length === 1 ? place.stream : `${place.stream}_0`);
    const others = wishes.filter((wish) => wish !== names.length);
    expect(warnings.filter((warning) => warning.startsWith("eventStreams is"))).toHaveLength(others.length);
    let after = 0;
    for (const { events } of stores) {
      const outcome = await events.append(alice, after, bytes(`after ${after}`));
      expect(outcome.type).toBe("committed");
      after = outcome.type === "committed" ? outcome.token : 0;
    }
    expect(await history(stores[0]!.events)).toHaveLength(wishes.length);
    await dispose();
  });

  it("puts each actor into the stream of its partition", async () => {
    const { systemName, connect, dispose } = emptyPlace(spread(4));
    const { events } = await connect();
    const actors = Array.from({ length: 100 }, (_, i) => ({ type: "account", id: `a${i}` }));
    for (const actor of actors) await events.append(actor, 0, bytes("x"));
    await using link = await connectLink(dev());
    const place = placeOf(systemName, "ev");
    for (const actor of actors) {
      const stream = `${place.stream}_${Math.floor(partitionOf(actor) / 16)}`;
      expect(await link.getLastFromLeader(stream, place.subjectOf(actor))).toBeDefined();
    }
    await dispose();
  });

  it("stands in a key-value bucket as readable JSON", async () => {
    const { systemName, connect, dispose } = emptyPlace(spread(2));
    await connect();
    await using link = await connectLink(dev());
    const bucket = `aether-store_${systemName}`;
    const value = await link.getLast(`KV_${bucket}`, `$KV.${bucket}.event-streams`);
    const map = JSON.parse(Buffer.from(value?.data ?? "").toString()) as { streams: string[]; partitions: number[] };
    expect(map.streams).toEqual([`AETHER_${systemName}_ev_0`, `AETHER_${systemName}_ev_1`]);
    expect(map.partitions).toEqual([...Array<number>(32).fill(0), ...Array<number>(32).fill(1)]);
    await dispose();
  });

  it.each(["no json", "{}", '{"format":2}', `{"format":1,"streams":["X"],"partitions":[0]}`])(
    "refuses a bucket that says %s",
    async (text) => {
      const { systemName, connect, dispose } = emptyPlace(dev);
      await connect();
      await using link = await connectLink(dev());
      await link.append(`$KV.aether-store_${systemName}.event-streams`, bytes(text), 1);
      await expect(connect()).rejects.toThrow(StoreMisconfigured);
      await dispose();
    },
  );
});

it("lists 110,000 actors, each once", { timeout: 60_000 }, async () => {
  const { connect, dispose } = emptyPlace(dev);
  const { events } = await connect();
  const count = 110_000;
  for (let from = 0; from < count; from += 1_000) {
    const appends = Array.from({ length: 1_000 }, (_, i) => {
      return events.append({ type: "account", id: `a${from + i}` }, 0, bytes("x"));
    });
    await Promise.all(appends);
  }
  const ids: string[] = [];
  for await (const page of events.list()) ids.push(...page.map(({ id }) => id));
  expect(ids).toHaveLength(count);
  expect(new Set(ids).size).toBe(count);
  expect(events.versionCache.stats.actors).toBe(10_000);
  await dispose();
});

it.each([0, 1])("lets go of nothing before token %i, which is everything to the server", async (before) => {
  const { connect, dispose } = emptyPlace(dev);
  const { events } = await connect();
  const first = await events.append(alice, 0, bytes("one"));
  await events.append(alice, first.type === "committed" ? first.token : 0, bytes("two"));
  await events.truncate(alice, before);
  expect(await history(events)).toEqual(["one", "two"]);
  await dispose();
});

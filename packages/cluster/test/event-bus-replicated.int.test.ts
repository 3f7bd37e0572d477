// The bus over three servers, where replicas may be behind and leaders change: the cases that could tell.
import { NatsEventBus } from "@aether/cluster";
import { eventBusSuite } from "@aether/cluster/testing";
import { type NatsCluster, startNatsCluster } from "@aether/nats/server";
import { connectLink } from "@aether/nats";
import { jetStream, placeOf } from "@aether/persistence/jetstream";
import { storeCommit } from "@aether/persistence/testing";
import { jetstreamManager } from "@nats-io/jetstream";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { natsBusPlace } from "./nats-bus-places.ts";

let servers: NatsCluster;

beforeAll(async () => {
  servers = await startNatsCluster();
}, 60_000);
afterAll(() => servers.stop());

const told = /^B(1 tells every|2 keeps|3 |4 |5 |7 reads|11 sets|12 handles|13 |15 |20 )/;

describe("the event bus on three servers", () => {
  const place = () => natsBusPlace({ servers: servers.urls, replicas: 3, eventStreams: 1 });
  const cases = eventBusSuite({ place }).filter(({ name }) => told.test(name));
  for (const { name, run } of cases) it(name, run, 60_000);

  it("goes on without a gap when the leader of the stream is killed", { timeout: 120_000 }, async () => {
    const { urls } = servers;
    const stores = await jetStream({ servers: urls, replicas: 3 }).open({ systemName: "leading", warn: () => {} });
    await using link = await connectLink({ servers: urls });
    await using bus = await NatsEventBus.connect({ servers: urls, system: "leading", onProblem: () => {} });
    const versions: number[] = [];
    await bus.subscribeToEventStored({ from: "start", name: "reader", checkpointMs: 50 }, ({ version }) => {
      versions.push(version);
    });
    const actor = { type: "counter", id: "x" };
    const at = { after: 0, version: 0 };
    const store = async (): Promise<void> => {
      const commit = { after: at.after, firstVersion: at.version + 1, events: [{ type: "counted" }] };
      const outcome = await storeCommit(stores.events, actor, commit);
      if (outcome.type !== "committed") expect.unreachable(outcome.type);
      else Object.assign(at, { after: outcome.token, version: at.version + 1 });
    };
    const storeUpTo = async (last: number): Promise<void> => {
      while (at.version < last) await store().catch(() => delay(100)); // unknown: the same again
    };
    await storeUpTo(20);
    const manager = await jetstreamManager(link.connection);
    const { cluster } = await manager.streams.info(placeOf("leading", "ev").stream);
    const leader = servers.named(cluster?.leader ?? "");
    const storing = storeUpTo(60);
    leader.kill();
    await storing;
    const all = Array.from({ length: 60 }, (_, i) => i + 1);
    await vi.waitFor(() => expect(versions).toEqual(all), { timeout: 60_000, interval: 50 });
    await leader.restart();
    await stores.events.close();
    await stores.close?.();
  });

  it("is a part of the suite that is worth the name", () => {
    expect(cases.length).toBeGreaterThanOrEqual(12);
  });
});

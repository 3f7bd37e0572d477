// The model of nats-server against the suites that a real server passes, over real sockets and with the real client.
import { type BackendScope, type OpenBackend } from "@aether/cluster";
import { memberTableSuite, type SuitePlace, transportSuite } from "@aether/cluster/testing";
import { systemScheduler } from "@aether/actor";
import { startCutProxy, type CutProxy } from "@aether/nats/testing";
import { jetStream, type OpenJetStream } from "@aether/persistence/jetstream";
import { eventStoreSuite, snapshotStoreSuite, storeSuite } from "@aether/persistence/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nats } from "../../cluster/src/nats/index.ts";
import { listenAsNats, type ListeningModel } from "../src/simulation/model/listen.ts";

let places = 0;

for (const servers of [1, 3] as const) {
  describe(`the model of ${servers === 1 ? "one server" : "three servers"}`, () => {
    let listening: ListeningModel;
    beforeAll(async () => {
      listening = await listenAsNats({ servers });
    });
    afterAll(() => listening[Symbol.asyncDispose]());

    const backend = () => jetStream({ servers: [...listening.urls], replicas: servers });
    const placeOf =
      <Store>(pick: (stores: OpenJetStream) => Store) =>
      async () => {
        const systemName = `place-${++places}`;
        const opened: OpenJetStream[] = [];
        return {
          connect: async () => {
            const stores = await backend().open({ systemName, warn: () => {} });
            opened.push(stores);
            return pick(stores);
          },
          dispose: async () => {
            for (const stores of opened) {
              await stores.events.close();
              await stores.snapshots.close();
              await stores.close?.();
            }
          },
        };
      };

    describe("stores events", () => {
      for (const { name, run } of eventStoreSuite({ open: placeOf(({ events }) => events) })) it(name, run);
    });
    describe("stores snapshots", () => {
      for (const { name, run } of snapshotStoreSuite({ open: placeOf(({ snapshots }) => snapshots) })) it(name, run);
    });
    describe("bears actors", () => {
      for (const { name, run } of storeSuite({ open: async () => backend() })) it(name, run);
    });
    describe("keeps the member table", () => {
      for (const { name, run } of memberTableSuite({ place: () => clusterPlace(listening) })) it(name, run);
    });
    describe("carries frames", () => {
      for (const { name, run } of transportSuite({ place: () => clusterPlace(listening) })) it(name, run);
    });
  });
}

async function clusterPlace({ ports }: ListeningModel): Promise<SuitePlace> {
  const systemName = `cluster-place${++places}`;
  const proxies = new Map<string, CutProxy>();
  const opened: { node: string; backend: OpenBackend }[] = [];
  const isConnected = (node: string) => opened.find((one) => one.node === node)?.backend.transport.isConnected;
  return {
    async open(node) {
      const port = ports[proxies.size % ports.length] as number;
      const proxy = proxies.get(node) ?? (await startCutProxy({ target: { port } }));
      proxies.set(node, proxy);
      const connection = { reconnectTimeWait: 20, reconnectJitter: 10 };
      const backend = await nats({ servers: proxy.url, replicas: ports.length, connection }).open(
        scopeOf(systemName, node),
      );
      opened.push({ node, backend });
      return backend;
    },
    async cut(node) {
      proxies.get(node)?.refuse(true);
      proxies.get(node)?.cut();
      await expect.poll(() => isConnected(node)).toBe(false);
    },
    async heal(node) {
      proxies.get(node)?.refuse(false);
      await expect.poll(() => isConnected(node), { timeout: 5_000 }).toBe(true);
    },
    async dispose() {
      for (const { backend } of opened) await backend.close();
      for (const proxy of proxies.values()) await proxy.stop();
    },
  };
}

function scopeOf(systemName: string, node: string): BackendScope {
  return {
    systemName,
    node,
    problem: () => {},
    later: (task) => systemScheduler.microtask(task),
    after: (ms, task) => void systemScheduler.after(ms, task),
  };
}

// The NATS backend against the contracts, each node behind a proxy that can cut it off.
import { type BackendScope, type OpenBackend } from "@aether/cluster";
import { memberTableSuite, type SuitePlace, transportSuite } from "@aether/cluster/testing";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { type CutProxy, startCutProxy } from "@aether/nats/testing";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nats } from "../src/nats/index.ts";
import { systemScheduler } from "@aether/actor";

let server: NatsServer;
let places = 0;
const problems: unknown[] = [];

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

function scopeOf(systemName: string, node: string): BackendScope {
  return {
    systemName,
    node,
    problem: (error) => void problems.push(error),
    later: (task) => systemScheduler.microtask(task),
    after: (ms, task) => void systemScheduler.after(ms, task),
  };
}

async function place(): Promise<SuitePlace> {
  const systemName = `place${++places}`;
  const proxies = new Map<string, CutProxy>();
  const opened: { node: string; backend: OpenBackend }[] = [];
  const connection = { reconnectTimeWait: 20, reconnectJitter: 10 };
  return {
    async open(node) {
      const proxy = proxies.get(node) ?? (await startCutProxy({ target: server }));
      proxies.set(node, proxy);
      const backend = await nats({ servers: proxy.url, connection }).open(scopeOf(systemName, node));
      opened.push({ node, backend });
      return backend;
    },
    async cut(node) {
      proxies.get(node)?.refuse(true);
      proxies.get(node)?.cut();
      await expect.poll(() => opened.find((one) => one.node === node)?.backend.transport.isConnected).toBe(false);
    },
    async heal(node) {
      proxies.get(node)?.refuse(false);
      await expect
        .poll(() => opened.find((one) => one.node === node)?.backend.transport.isConnected, { timeout: 5_000 })
        .toBe(true);
    },
    async dispose() {
      for (const { backend } of opened) await backend.close();
      for (const proxy of proxies.values()) await proxy.stop();
    },
  };
}

describe("the NATS table", () => {
  for (const { name, run } of memberTableSuite({ place })) it(name, run);

  it("keeps the entry of a node that is gone for a week, and every other for ever", async () => {
    await using link = await connectLink({ servers: server.url });
    const { streams } = await jetstreamManager(link.connection);
    const backend = await nats({ servers: server.url }).open(scopeOf("kept", "a"));
    const times: Record<string, string> = {};
    for (const state of ["up", "draining", "left", "removed"] as const) {
      const record = { node: state, epoch: 0, state, weight: 1, types: [], time: 0 };
      await backend.table.write(record, 0);
      const stored = await streams.getMessage("KV_aether_kept", { last_by_subj: `$KV.aether_kept.${state}` });
      times[state] = stored?.header.get("Nats-TTL") ?? "";
    }
    expect(times).toEqual({ up: "", draining: "", left: "604800", removed: "604800" });
    await backend.close();
  });

  it("takes a node again whose entry an operator has deleted, or overwritten with something else", async () => {
    const link = await connectLink({ servers: server.url });
    const backend = await nats({ servers: server.url }).open(scopeOf("operated", "a"));
    const { table } = backend;
    const record = { node: "a", epoch: 0, state: "up", weight: 1, types: [], time: 0 } as const;
    for (const text of ["", "{}", "null", '{"node":"a","epoch":0,"state":"lost","weight":1,"types":[]}']) {
      const entry = await table.read("a");
      const last = await link.getLastFromLeader("KV_aether_operated", "$KV.aether_operated.a");
      await link.append("$KV.aether_operated.a", Buffer.from(text), last?.sequence ?? 0);
      expect(await table.read("a")).toBeUndefined();
      if (entry !== undefined) expect(await table.write(record, entry.revision)).toBeUndefined();
      expect(await table.write(record, 0)).toBeGreaterThan(0);
      expect(await table.write(record, 0)).toBeUndefined();
    }
    await backend.close();
    await link.close();
  });
});

describe("the NATS transport", () => {
  for (const { name, run } of transportSuite({ place })) it(name, run);
});

// Durability profiles against real servers: what does not hold is refused, with the line that mends it.
import { connectLink } from "@aether/nats";
import { type NatsCluster, type NatsServer, startNatsCluster, startNatsServer } from "@aether/nats/server";
import { StoreMisconfigured } from "@aether/persistence";
import { type JetStreamOptions, placeOf } from "@aether/persistence/jetstream";
import { jetstreamManager, PersistMode } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { alice, bytes, emptyPlace } from "./jetstream-places.ts";

let lazy: NatsServer;
let flushing: NatsServer;
let cluster: NatsCluster;

beforeAll(async () => {
  [lazy, flushing, cluster] = await Promise.all([
    startNatsServer(),
    startNatsServer({ syncInterval: "always" }),
    startNatsCluster({ syncInterval: "always" }),
  ]);
});
afterAll(() => Promise.all([lazy.stop(), flushing.stop(), cluster.stop()]));

type Options = Omit<JetStreamOptions, "link">;

/** What opening an empty place says: its warnings, or why it was refused. */
async function opening(options: Options): Promise<{ readonly warnings: readonly string[]; readonly error?: unknown }> {
  const { warnings, connect, dispose } = emptyPlace(() => options);
  try {
    await connect();
    return { warnings };
  } catch (error) {
    return { warnings, error };
  } finally {
    await dispose();
  }
}

const one = (server: NatsServer): Options => ({ servers: server.url, durability: "strict", replicas: 1 });

it("takes one strict replica, on purpose, on a server that flushes before it acknowledges", async () => {
  expect(await opening({ ...one(flushing), monitoringUrl: flushing.monitoringUrl })).toEqual({ warnings: [] });
});

it("refuses strict on a server that flushes later, with the line that its configuration needs", async () => {
  for (const trustServer of [false, true]) {
    const { error } = await opening({ ...one(lazy), monitoringUrl: lazy.monitoringUrl, trustServer });
    expect(error).toBeInstanceOf(StoreMisconfigured);
    expect(error).toMatchObject({
      code: "PERSISTENCE_STORE_MISCONFIGURED",
      data: { option: "sync_interval", found: "120s", wanted: "always" },
      message: expect.stringContaining("jetstream { sync_interval: always }"),
    });
  }
});

it("refuses strict where the servers' settings are not known, unless they are trusted", async () => {
  const { error } = await opening(one(flushing));
  expect(error).toMatchObject({
    data: { option: "monitoringUrl", found: [] },
    message: expect.stringMatching(/flushes before it acknowledges is not known.*`trustServer: true`/),
  });
  const trusted = await opening({ ...one(flushing), trustServer: true });
  expect(trusted).toEqual({ warnings: [expect.stringContaining("trusted, not verified")] });
});

it("refuses strict when nobody answers at the monitoring address, and says which", async () => {
  const { error } = await opening({ ...one(flushing), monitoringUrl: "http://127.0.0.1:1" });
  expect(error).toMatchObject({
    message: expect.stringMatching(/monitoring at http:\/\/127\.0\.0\.1:1: ./),
  });
});

it("is not taken in by the monitoring of another server", async () => {
  const { error } = await opening({ ...one(lazy), monitoringUrl: flushing.monitoringUrl });
  expect(error).toMatchObject({ data: { option: "monitoringUrl" } });
});

it("needs the monitoring of every server that holds a stream", async () => {
  const strict = { servers: cluster.urls, durability: "strict" } as const;
  expect(await opening({ ...strict, monitoringUrl: cluster.monitoringUrls })).toEqual({ warnings: [] });
  const { error } = await opening({ ...strict, monitoringUrl: cluster.monitoringUrls.slice(0, 2) });
  expect(error).toMatchObject({ data: { option: "monitoringUrl", wanted: "the monitoring of n3" } });
});

it.each(["strict", "replicated"] as const)("refuses %s on a server that stands alone", async (durability) => {
  const { error } = await opening({ servers: flushing.url, durability, monitoringUrl: flushing.monitoringUrl });
  expect(error).toMatchObject({ data: { option: "num_replicas", wanted: 3 } });
  expect(error).toMatchObject({ message: expect.stringContaining("Run 3 nats-servers with JetStream as one cluster") });
});

it("refuses replicated over streams that were made with one replica, with the command that adds them", async () => {
  const { systemName, connect, dispose } = emptyPlace(() => ({ servers: cluster.urls }));
  await connect();
  await expect(connect({ durability: "replicated" })).rejects.toThrow(/nats stream edit \S+ --replicas 3/);
  await using link = await connectLink({ servers: cluster.urls });
  const manager = await jetstreamManager(link.connection);
  const names = [`KV_aether-store_${systemName}`, placeOf(systemName, "ev").stream, placeOf(systemName, "sn").stream];
  for (const name of names) {
    const { config } = await manager.streams.info(name);
    await manager.streams.update(name, { ...config, num_replicas: 3 });
  }
  const { events } = await connect({ durability: "replicated" });
  // The new replicas elect a leader first.
  const append = () => events.append(alice, 0, bytes("x"));
  expect(await vi.waitFor(append, { timeout: 15_000, interval: 50 })).toMatchObject({ type: "committed" });
  await dispose();
});

it("takes replicated on three servers without asking how they flush", async () => {
  expect(await opening({ servers: cluster.urls, durability: "replicated" })).toEqual({ warnings: [] });
});

it("is dev without options, and warns that this does not survive a power cut", async () => {
  expect(await opening({ servers: lazy.url })).toEqual({ warnings: [expect.stringMatching(/"dev".*power cut/)] });
});

it("refuses a stream that acknowledges before it has written, also for dev", async () => {
  const { systemName, connect } = emptyPlace(() => ({ servers: lazy.url }));
  const { stream, subjects } = placeOf(systemName, "ev");
  await using link = await connectLink({ servers: lazy.url });
  const manager = await jetstreamManager(link.connection);
  const persist_mode = PersistMode.Async;
  await manager.streams.add({
    name: stream,
    subjects: [subjects],
    allow_direct: true,
    deny_delete: true,
    persist_mode,
  });
  await expect(connect()).rejects.toThrow('"persist_mode" is "async", needed is "default"');
});

it("says rejected when the server's storage is full, and takes commits again when there is room", async () => {
  await using small = await startNatsServer({ config: "jetstream { max_file_store: 400KB }" });
  const { connect, dispose } = emptyPlace(() => ({ servers: small.url }));
  const { events } = await connect();
  let after = 0;
  let refused: string | undefined;
  const text = "x".repeat(50_000);
  while (refused === undefined) {
    const outcome = await events.append(alice, after, bytes(text));
    if (outcome.type === "committed") after = outcome.token;
    else refused = outcome.type === "rejected" ? outcome.reason : outcome.type;
  }
  expect(refused).toMatch(/\((10047|10023|10077)\)/);
  await events.truncate(alice, after);
  expect(await events.append(alice, after, bytes(text))).toMatchObject({ type: "committed" });
  await dispose();
});

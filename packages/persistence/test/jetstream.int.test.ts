import { createSystem } from "@aether/actor";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsServer } from "@aether/nats/server";
import { startCutProxy } from "@aether/nats/testing";
import { persistence, StoreMisconfigured } from "@aether/persistence";
import { jetStream, type JetStreamOptions, placeOf } from "@aether/persistence/jetstream";
import { eventStoreSuite, snapshotStoreSuite, storeSuite } from "@aether/persistence/testing";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Account } from "./account.ts";
import { alice, emptyPlace as anyPlace } from "./jetstream-places.ts";

let server: NatsServer;

beforeAll(async () => {
  server = await startNatsServer();
});
afterAll(() => server.stop());

const emptyPlace = () => anyPlace(() => ({ servers: server.url }));

describe("the JetStream store of events", () => {
  const open = async () => {
    const { connect, dispose } = emptyPlace();
    return { connect: async () => (await connect()).events, dispose };
  };
  for (const { name, run } of eventStoreSuite({ open })) it(name, run);
});

describe("the JetStream store of snapshots", () => {
  const open = async () => {
    const { connect, dispose } = emptyPlace();
    return { connect: async () => (await connect()).snapshots, dispose };
  };
  for (const { name, run } of snapshotStoreSuite({ open })) it(name, run);
});

describe("the JetStream backend under actors", () => {
  const open = async () => jetStream({ servers: server.url });
  for (const { name, run } of storeSuite({ open })) it(name, run);
});

describe("a store behind a proxy", () => {
  it("says committed, once, when the acknowledgement of the first append was lost and another commit stands behind it", async () => {
    await using proxy = await startCutProxy({ target: server });
    const { connect, dispose } = emptyPlace();
    const [cut, direct] = [await connect({ servers: proxy.url }), await connect()];
    const lost = proxy.cutBeforeAck(({ stream }) => stream.endsWith("_ev"));
    await expect(cut.events.append(alice, 0, Buffer.from("ours"))).rejects.toMatchObject({
      code: "NATS_OUTCOME_UNKNOWN",
    });
    const { sequence } = await lost;
    expect(await direct.events.append(alice, sequence, Buffer.from("theirs"))).toMatchObject({ type: "committed" });

    expect(await cut.events.append(alice, 0, Buffer.from("ours"))).toEqual({ type: "committed", token: sequence });
    expect(await cut.events.append(alice, 0, Buffer.from("others"))).toEqual({ type: "conflict" });
    const stored: string[] = [];
    const head = await direct.events.head(alice);
    for await (const page of direct.events.read(alice, { after: 0, upTo: head?.token ?? 0 })) {
      stored.push(...page.map(({ bytes }) => Buffer.from(bytes).toString()));
    }
    expect(stored).toEqual(["ours", "theirs"]);
    await dispose();
  });

  it("gives an actor its commands back as committed, once, when their acknowledgement was lost", async () => {
    await using proxy = await startCutProxy({ target: server });
    const { systemName, connect, dispose } = emptyPlace();
    const plugins = [persistence({ store: jetStream({ servers: proxy.url }) })];
    await using system = await createSystem({
      name: systemName,
      actors: [Account],
      plugins,
      askTimeoutMs: 15_000,
      log: false,
    });
    const account = system.ref(Account, "alice");
    expect(await account.ask.deposit(1)).toBe(1);
    const lost = proxy.cutBeforeAck(({ stream }) => stream.endsWith("_ev"));
    const replies = Promise.all([account.ask.deposit(10), account.ask.deposit(100), account.ask.look()]);
    await lost;
    expect((await replies).slice(0, 2)).toEqual([11, 111]);
    expect(system.use(persistence).metrics()).toMatchObject({ events: 3, conflicts: 0 });
    expect(system.use(persistence).metrics().repeatedAppends).toBeGreaterThan(0);

    const { events } = await connect();
    const head = await events.head(alice);
    let commits = 0;
    for await (const page of events.read(alice, { after: 0, upTo: head?.token ?? 0 })) commits += page.length;
    expect(commits).toBe(2);
    await dispose();
  });
});

describe("the layout in JetStream", () => {
  it("is one readable message per commit, on the actor's own subject, with ids encoded", async () => {
    const { systemName } = emptyPlace();
    const plugins = [persistence({ store: jetStream({ servers: server.url }) })];
    await using system = await createSystem({ name: systemName, actors: [Account], plugins, log: false });
    await system.ref(Account, "a.b*> ü").ask.deposit(5);

    await using link = await connectLink({ servers: server.url });
    const { stream } = placeOf(systemName, "ev");
    const manager = await jetstreamManager(link.connection);
    const message = await manager.streams.getMessage(stream, { seq: 1 });
    expect(message?.subject).toMatch(/^aether\.place-\d+\.ev\.\d+\.account\.a=2Eb=2A=3E=20=C3=BC$/);
    expect(JSON.parse(message?.string() ?? "")).toMatchObject({
      format: 1,
      actor: ["account", "a.b*> ü"],
      firstVersion: 1,
      events: [{ schema: 1, event: { type: "deposited", amount: 5 } }],
      turns: [{ events: 1, outcome: { reply: 5 } }],
    });
  });

  it("refuses a stream that is set up otherwise, and names the option", async () => {
    const { systemName, connect } = emptyPlace();
    await using link = await connectLink({ servers: server.url });
    const { stream, subjects } = placeOf(systemName, "ev");
    const manager = await jetstreamManager(link.connection);
    await manager.streams.add({ name: stream, subjects: [subjects], max_age: 60_000_000_000, allow_direct: true });
    await expect(connect()).rejects.toThrow(StoreMisconfigured);
    await expect(connect()).rejects.toThrow('"max_age" is 60000000000, needed is 0');
  });

  it("takes exactly what fits into a message of the server, and names the option that raises it", async () => {
    const { connect, dispose } = emptyPlace();
    const { events, snapshots } = await connect();
    const { maxSnapshotBytes } = snapshots.limits;
    const header = "NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 9007199254740991\r\n\r\n";
    expect(maxSnapshotBytes).toBe(1_048_576 - header.length);
    expect(events.limits.maxCommitBytes).toBe(maxSnapshotBytes);
    const saved = await snapshots.save(alice, 0, new Uint8Array(maxSnapshotBytes));
    expect(saved).toMatchObject({ type: "committed" });
    expect((await snapshots.load(alice))?.bytes).toHaveLength(maxSnapshotBytes);
    const tooLarge = await snapshots.save(alice, 1, new Uint8Array(maxSnapshotBytes + 1));
    expect(tooLarge).toMatchObject({ type: "rejected", reason: expect.stringContaining("raise max_payload") });
    await dispose();
  });

  it("refuses wrong options before anything is opened", () => {
    expect(() => jetStream({})).toThrow("give `servers` or `link`");
    const link = async (): Promise<never> => Promise.reject(new Error("not asked for"));
    expect(() => jetStream({ link, connection: { user: "a" } })).toThrow("`connection` belongs to `servers`");
    expect(() => jetStream({ servers: server.url, replicas: 2 })).toThrow("replicas is 2; use 1, 3 or 5");
    const misspelled = { servers: server.url, durabilty: "strict" };
    expect(() => jetStream(misspelled)).toThrow('unknown option "durabilty"; there are servers, link,');
    const refused = (options: JetStreamOptions) => expect(() => jetStream({ servers: server.url, ...options }));
    refused({ snapshotsKept: 1 }).toThrow("snapshotsKept is 1; use 2 to 64");
    refused({ eventStreams: 3 }).toThrow("eventStreams is 3; use 1, 2, 4");
    refused({ maxCachedActors: 0 }).toThrow("maxCachedActors is 0; use 1 to 10000000");
    refused({ durability: "safe" as "strict" }).toThrow('durability is safe; use "strict"');
    refused({ durability: "replicated", replicas: 1 }).toThrow("replicas is 1; use 3 or 5");
    refused({ durability: "strict", monitoringUrl: "http://a:b@host" }).toThrow(
      /^jetStream: monitoringUrl has credentials/,
    );
    refused({ durability: "strict", monitoringUrl: "host" }).toThrow("monitoringUrl host is no URL");
  });
});

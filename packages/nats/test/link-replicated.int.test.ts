// Appends and leader reads on three replicas, where a loser of a race is often not told 10071 but 10164: unknown.
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { connectLink, type Link } from "../src/index.ts";
import { type NatsServer, startNatsServer } from "../src/server/index.ts";
import { bytes, createStream, text } from "./stream-fixture.ts";

let servers: NatsServer[];
let one: Link;
let other: Link;

// The first server gets a route to nowhere (a cluster needs one) and the others one to it: no port has to be guessed.
async function startCluster(): Promise<NatsServer[]> {
  const config = (name: string, routePort: number) =>
    `server_name: ${name}\ncluster { name: C, listen: "127.0.0.1:-1", routes: ["nats://127.0.0.1:${routePort}"] }`;
  const first = await startNatsServer({ config: config("n1", 1) });
  const answer = await fetch(`${first.monitoringUrl}/varz`);
  const { cluster } = (await answer.json()) as { cluster: { cluster_port: number } };
  const rest = ["n2", "n3"].map((name) => startNatsServer({ config: config(name, cluster.cluster_port) }));
  return [first, ...(await Promise.all(rest))];
}

beforeAll(async () => {
  servers = await startCluster();
  const at = (index: number) => connectLink({ servers: servers[index]?.url ?? "", requestTimeoutMs: 10_000 });
  one = await at(0);
  other = await at(2);
  // The group has to elect a leader first: until then nobody answers, or says that peers are missing.
  await vi.waitFor(() => createStream(one.connection, { num_replicas: 3 }), { timeout: 50_000, interval: 200 });
});
afterAll(async () => {
  await Promise.all([one.close(), other.close()]);
  await Promise.all(servers.map((server) => server.stop()));
});

it("stores exactly one of two racing appends, and never calls the other one stored", async () => {
  const manager = await jetstreamManager(one.connection);
  expect((await manager.streams.info("EV")).config.num_replicas).toBe(3);
  let head = 0;
  for (let round = 0; round < 40; round++) {
    const outcomes = await Promise.allSettled([
      one.append("ev.race", bytes("a"), head),
      other.append("ev.race", bytes("b"), head),
    ]);
    const said = outcomes.map((outcome) =>
      outcome.status === "fulfilled" ? outcome.value.type : (outcome.reason as { code: string }).code,
    );
    expect(said.filter((word) => word === "stored")).toHaveLength(1);
    expect(said.filter((word) => word !== "stored")[0]).toMatch(/^(wrong-sequence|NATS_OUTCOME_UNKNOWN)$/);
    // The leader tells the loser who won: the first message after the sequence that both expected.
    const winner = await other.getNextFromLeader("EV", "ev.race", head + 1);
    expect(text(winner)).toBe(said[0] === "stored" ? "a" : "b");
    head = winner?.sequence ?? 0;
  }
});

it("reads up to a head that was just acknowledged, whichever replica answers", async () => {
  let head = 0;
  for (let count = 1; count <= 60; count++) {
    const outcome = await one.append("ev.fresh", bytes(String(count)), head);
    if (outcome.type !== "stored") return expect.unreachable();
    head = outcome.sequence;
    const seen: (string | undefined)[] = [];
    const range = { fromSequence: 1, upToSequence: head, pageSize: 25 };
    for await (const page of other.readFrom("EV", "ev.fresh", range)) seen.push(...page.map(text));
    expect(seen).toEqual(Array.from({ length: count }, (_, index) => String(index + 1)));
  }
});

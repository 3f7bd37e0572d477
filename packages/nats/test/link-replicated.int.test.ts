// Appends and leader reads on three replicas, where a loser of a race is often not told 10071 but 10164: unknown.
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectLink, type Link } from "../src/index.ts";
import { type NatsCluster, startNatsCluster } from "../src/server/index.ts";
import { bytes, createStream, text } from "./stream-fixture.ts";

let cluster: NatsCluster;
let one: Link;
let other: Link;

beforeAll(async () => {
  cluster = await startNatsCluster();
  const at = (index: number) => connectLink({ servers: cluster.urls[index] ?? "", requestTimeoutMs: 10_000 });
  one = await at(0);
  other = await at(2);
  await createStream(one.connection, { num_replicas: 3 });
});
afterAll(async () => {
  await Promise.all([one.close(), other.close()]);
  await cluster.stop();
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

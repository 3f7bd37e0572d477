// Appends on a real server: the fence, the limits, the lost acknowledgement.
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectLink, type Link, maxAppendHeaderBytes } from "../src/index.ts";
import { type NatsServer, startNatsServer } from "../src/server/index.ts";
import { startCutProxy } from "../src/testing/index.ts";
import { bytes, codeOf, createStream, text } from "./stream-fixture.ts";

let server: NatsServer;
let link: Link;

beforeAll(async () => {
  server = await startNatsServer();
  link = await connectLink({ servers: server.url });
  await createStream(link.connection);
  await createStream(link.connection, { name: "SMALL", subjects: ["small.>"], max_msg_size: 300 });
  await createStream(link.connection, { name: "TTL", subjects: ["ttl.>"], allow_msg_ttl: true });
  await createStream(link.connection, { name: "FULL", subjects: ["full.>"], max_msgs: 1, discard: "new" });
});
afterAll(async () => {
  await link.close();
  await server.stop();
});

it("stores appends in sequence and refuses one that follows another head", async () => {
  const first = await link.append("ev.seq", bytes("1"), 0);
  if (first.type !== "stored") return expect.unreachable();
  expect(await link.append("ev.seq", bytes("2"), first.sequence)).toMatchObject({ type: "stored" });
  expect(await link.append("ev.seq", bytes("3"), first.sequence)).toEqual({
    type: "wrong-sequence",
    actual: first.sequence + 1,
  });
});

it("lets exactly one of two racing appends win, from the first message on", async () => {
  await using other = await connectLink({ servers: server.url });
  let head = 0;
  for (let round = 0; round < 50; round++) {
    const outcomes = await Promise.all([
      link.append("ev.race", bytes("a"), head),
      other.append("ev.race", bytes("b"), head),
    ]);
    expect(outcomes.map(({ type }) => type).toSorted()).toEqual(["stored", "wrong-sequence"]);
    for (const outcome of outcomes) if (outcome.type === "stored") head = outcome.sequence;
  }
});

it("keeps a message for its time to live, and one without for ever", async () => {
  expect(await link.append("ttl.short", bytes("1"), 0, 1)).toMatchObject({ type: "stored" });
  expect(await link.append("ttl.long", bytes("2"), 0)).toMatchObject({ type: "stored" });
  expect(text(await link.getLastFromLeader("TTL", "ttl.short"))).toBe("1");
  await expect.poll(() => link.getLastFromLeader("TTL", "ttl.short"), { timeout: 10_000 }).toBeUndefined();
  expect(await link.append("ttl.short", bytes("3"), 0)).toMatchObject({ type: "stored" });
  expect(text(await link.getLastFromLeader("TTL", "ttl.long"))).toBe("2");
});

it("refuses a payload over the server's limit before anything is sent", async () => {
  const before = link.connection.stats().outMsgs;
  const outcome = await link.append("ev.large", new Uint8Array(link.maxPayloadBytes), 0);
  expect(outcome).toMatchObject({ type: "refused", code: 10054 });
  expect(link.connection.stats().outMsgs).toBe(before);
});

it("stores a payload that just fits", async () => {
  const data = new Uint8Array(link.maxPayloadBytes - maxAppendHeaderBytes).fill(7);
  expect(await link.append("ev.fits", data, 0)).toMatchObject({ type: "stored" });
  expect((await link.getLastFromLeader("EV", "ev.fits"))?.data.length).toBe(data.length);
  expect((await link.getLast("EV", "ev.fits"))?.data.length).toBe(data.length);
});

it("says that a message over the stream's size, or to a full stream, was refused", async () => {
  expect(await link.append("small.a", new Uint8Array(400), 0)).toMatchObject({ type: "refused", code: 10054 });
  expect(await link.append("full.a", bytes("1"), 0)).toMatchObject({ type: "stored" });
  expect(await link.append("full.b", bytes("2"), 0)).toMatchObject({ type: "refused", code: 10077 });
});

it("does not know the outcome when no stream takes the subject", async () => {
  const append = link.append("nowhere.a", bytes("1"), 0);
  await expect(append).rejects.toMatchObject({
    code: "NATS_OUTCOME_UNKNOWN",
    retryable: true,
    cause: { code: "NATS_NO_RESPONDERS" },
  });
});

it("does not know the outcome when the acknowledgement is lost, and the message is stored once", async () => {
  await using proxy = await startCutProxy({ target: server });
  await using behind = await connectLink({ servers: proxy.url });
  const cut = proxy.cutBeforeAck(({ stream }) => stream === "EV");
  const append = behind.append("ev.lost", bytes("once"), 0);
  await expect(append).rejects.toMatchObject({ code: "NATS_OUTCOME_UNKNOWN", cause: { code: "NATS_DISCONNECTED" } });
  const { sequence } = await cut;
  // The same append again: the fence says that something stands there, and reading it shows that it is ours.
  expect(await behind.append("ev.lost", bytes("once"), 0)).toEqual({ type: "wrong-sequence", actual: sequence });
  expect(text(await behind.getNextFromLeader("EV", "ev.lost", 1))).toBe("once");
  expect(await behind.getNextFromLeader("EV", "ev.lost", sequence + 1)).toBeUndefined();
});

it("lets a late copy of an append lose against the repeated one", async () => {
  await using proxy = await startCutProxy({ target: server });
  await using behind = await connectLink({ servers: proxy.url });
  const held = proxy.holdPublish((subject) => subject === "ev.late");
  const append = behind.append("ev.late", bytes("once"), 0);
  await expect(append).rejects.toMatchObject({ code: "NATS_OUTCOME_UNKNOWN", cause: { code: "NATS_DISCONNECTED" } });
  expect(await behind.getNextFromLeader("EV", "ev.late", 1)).toBeUndefined();
  const again = await behind.append("ev.late", bytes("once"), 0);
  expect(await (await held).release()).toContain('"err_code":10071');
  expect(again).toMatchObject({ type: "stored" });
  const sequence = again.type === "stored" ? again.sequence : 0;
  expect(await behind.getNextFromLeader("EV", "ev.late", sequence + 1)).toBeUndefined();
});

it("refuses a wrong expected sequence at once", () => {
  expect(() => link.append("ev.x", bytes("1"), -1)).toThrow(RangeError);
  expect(() => link.append("ev.x", bytes("1"), Number.NaN)).toThrow(RangeError);
});

it("does not send to a subject that is none", async () => {
  expect(await codeOf(link.append("ev. x", bytes("1"), 0))).toBe("NATS_OUTCOME_UNKNOWN");
});

it("appends many subjects at the same time", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 2_000 }, (_, i) => link.append(`ev.many.${i}`, bytes("x"), 0)),
  );
  expect(new Set(outcomes.map((outcome) => (outcome.type === "stored" ? outcome.sequence : 0))).size).toBe(2_000);
});

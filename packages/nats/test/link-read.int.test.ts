// Reads on a real server: last, next, and pages.
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectLink, type Link, type StoredMessage } from "../src/index.ts";
import { type NatsServer, startNatsServer } from "../src/server/index.ts";
import { bytes, codeOf, createStream, text } from "./stream-fixture.ts";

let server: NatsServer;
let link: Link;

beforeAll(async () => {
  server = await startNatsServer();
  link = await connectLink({ servers: server.url });
  await createStream(link.connection);
  await createStream(link.connection, { name: "SLOW", subjects: ["slow.>"], allow_direct: false });
});
afterAll(async () => {
  await link.close();
  await server.stop();
});

async function fill(subject: string, count: number): Promise<number[]> {
  const sequences: number[] = [];
  let head = 0;
  for (let i = 1; i <= count; i++) {
    const outcome = await link.append(subject, bytes(`${subject} ${i}`), head);
    if (outcome.type !== "stored") throw new Error(JSON.stringify(outcome));
    head = outcome.sequence;
    sequences.push(head);
    await link.append(
      `${subject}.noise`,
      bytes("noise"),
      (await link.getLast("EV", `${subject}.noise`))?.sequence ?? 0,
    );
  }
  return sequences;
}

async function pages(subject: string, range: Parameters<Link["readFrom"]>[2]): Promise<(readonly StoredMessage[])[]> {
  const result: (readonly StoredMessage[])[] = [];
  for await (const page of link.readFrom("EV", subject, range)) result.push(page);
  return result;
}

it("reads the last message of a subject directly and from the leader", async () => {
  const before = Date.now();
  const [, head = 0] = await fill("ev.last", 2);
  for (const message of [await link.getLast("EV", "ev.last"), await link.getLastFromLeader("EV", "ev.last")]) {
    expect(message).toMatchObject({ subject: "ev.last", sequence: head });
    expect(text(message)).toBe("ev.last 2");
    expect(Math.abs((message?.timeMs ?? 0) - before)).toBeLessThan(60_000);
  }
});

it("tells a subject without messages from a stream that does not answer", async () => {
  expect(await link.getLast("EV", "ev.none")).toBeUndefined();
  expect(await link.getLastFromLeader("EV", "ev.none")).toBeUndefined();
  expect(await link.getNextFromLeader("EV", "ev.none", 1)).toBeUndefined();
  expect(await codeOf(link.getLast("NO_SUCH_STREAM", "ev.none"))).toBe("NATS_READ_UNAVAILABLE");
  expect(await codeOf(link.getLast("SLOW", "slow.a"))).toBe("NATS_READ_UNAVAILABLE");
  expect(await codeOf(link.getLastFromLeader("NO_SUCH_STREAM", "ev.none"))).toMatch(/NATS_READ_(REFUSED|UNAVAILABLE)/);
});

it("reads the first message on the subject from a sequence on, from the leader", async () => {
  const [first = 0, second = 0, third = 0] = await fill("ev.next", 3);
  const next = (from: number) => link.getNextFromLeader("EV", "ev.next", from);
  expect((await next(first))?.sequence).toBe(first);
  // Ours or not: what stands first after the expected sequence is what an unknown append looks for.
  expect(await next(first + 1)).toMatchObject({ subject: "ev.next", sequence: second });
  expect((await next(second + 1))?.sequence).toBe(third);
  expect(await next(third + 1)).toBeUndefined();
});

it("reads a subject in pages from a sequence up to the known head", async () => {
  const sequences = await fill("ev.pages", 25);
  const head = sequences.at(-1) ?? 0;
  const all = await pages("ev.pages", { fromSequence: 1, upToSequence: head, pageSize: 10 });
  expect(all.map((page) => page.length)).toEqual([10, 10, 5]);
  expect(all.flat().map(({ sequence }) => sequence)).toEqual(sequences);
  expect(all.flat().map(text)).toEqual(sequences.map((_, i) => `ev.pages ${i + 1}`));
  const tail = await pages("ev.pages", { fromSequence: sequences[20] ?? 0, upToSequence: head });
  expect(tail.flat().map(({ sequence }) => sequence)).toEqual(sequences.slice(20));
});

it("leaves out what came after the known head, and asks for nothing past it", async () => {
  const sequences = await fill("ev.head", 4);
  for (const pageSize of [1, 3, 1_000]) {
    const found = await pages("ev.head", { fromSequence: 1, upToSequence: sequences[1] ?? 0, pageSize });
    expect(found.flat().map(({ sequence }) => sequence)).toEqual(sequences.slice(0, 2));
  }
  expect(await pages("ev.head", { fromSequence: 9, upToSequence: 8 })).toEqual([]);
});

it("stops with a retryable error when the head cannot be seen", async () => {
  const [head = 0] = await fill("ev.behind", 1);
  const reading = pages("ev.behind", { fromSequence: 1, upToSequence: head + 1_000 });
  await expect(reading).rejects.toMatchObject({ code: "NATS_READ_UNAVAILABLE", retryable: true });
});

it("pages by bytes as well, whatever the page size", async () => {
  let head = 0;
  for (let i = 0; i < 12; i++) {
    const outcome = await link.append("ev.big", new Uint8Array(1_000_000).fill(i), head);
    head = outcome.type === "stored" ? outcome.sequence : 0;
  }
  const found = await pages("ev.big", { fromSequence: 1, upToSequence: head });
  expect(found.length).toBeGreaterThan(1);
  expect(found.flat().map(({ data }) => data[999_999])).toEqual(Array.from({ length: 12 }, (_, i) => i));
});

it("leaves no subscription behind", async () => {
  const before = await subscriptions();
  const [head = 0] = await fill("ev.subs", 1);
  for (let i = 0; i < 20; i++) await pages("ev.subs", { fromSequence: 1, upToSequence: head });
  expect(await subscriptions()).toBe(before);
});

async function subscriptions(): Promise<number> {
  await link.connection.flush();
  const answer = await fetch(`${server.monitoringUrl}/connz`);
  const { connections } = (await answer.json()) as { connections: { subscriptions: number }[] };
  return connections.reduce((sum, connection) => sum + connection.subscriptions, 0);
}

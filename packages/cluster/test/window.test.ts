// What a slow node does to those that send to it: they hold back, refuse, and go on when it does.
import { Actor } from "@aether/actor";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Intake } from "../src/intake.ts";
import { windowBytes } from "../src/sent-frames.ts";
import { latch, TestCluster, watch } from "./harness.ts";
import { arrive, commandsOf, linkDouble, messageTo } from "./link-double.ts";

const kilobyte = "x".repeat(1_000);

/** Sends tells of a kilobyte until all that may leave has left. */
async function fill(double: ReturnType<typeof linkDouble>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) double.link.send(messageTo(double, `t${i}`, { ask: false, args: [kilobyte] }));
  await double.time.settle();
}

function weightOf({ frames }: ReturnType<typeof linkDouble>): number {
  return frames.reduce((sum, { frame }) => sum + frame.place.weight, 0);
}

it("stops at a full window, also if all has arrived, and goes on when the receiver has handled some", async () => {
  const double = linkDouble(1_000_000);
  await fill(double, 5_000);
  const sent = double.frames.flatMap(commandsOf).length;
  expect(weightOf(double)).toBeLessThanOrEqual(windowBytes);
  expect(weightOf(double)).toBeGreaterThan(windowBytes * 0.99);
  arrive(double, { heard: double.frames.length });
  await double.time.settle();
  expect(double.frames.flatMap(commandsOf)).toHaveLength(sent);
  arrive(double, { heard: double.frames.length, handled: Math.floor(windowBytes / 2) });
  await double.time.settle();
  const all = double.frames.flatMap(commandsOf);
  expect(all.length).toBeGreaterThan(sent * 1.4);
  expect(all).toEqual(all.map((_, i) => `t${i}`));
});

it("sends replies through a window of messages that is full, since somebody may wait for them to go on", async () => {
  const double = linkDouble(1_000_000);
  await fill(double, 5_000);
  double.link.reply(3, "[3]");
  await double.time.settle();
  expect(double.frames.at(-1)?.frame.replies).toEqual([[3]]);
});

it("keeps replies back that were not acknowledged, by bytes, and no more than it can hold", async () => {
  const double = linkDouble(1_000_000);
  for (let n = 1; n <= 200_000; n++) double.link.reply(n, `[${n},0,"${kilobyte}"]`);
  await double.time.settle();
  const bytes = (): number => double.frames.reduce((sum, frame) => sum + frame.bytes, 0);
  expect(bytes()).toBeLessThan(windowBytes * 1.1);
  for (let i = 0; i < 100; i++) {
    arrive(double, { heard: double.frames.length });
    await double.time.settle();
  }
  expect(bytes()).toBeGreaterThan(50 * 1_024 * 1_024);
  expect(bytes()).toBeLessThan(70 * 1_024 * 1_024);
});

it("refuses what does not fit behind a full window, asks and tells", async () => {
  const double = linkDouble(1_000_000);
  for (let round = 0; round < 2; round++) await fill(double, 20_000);
  double.link.send(messageTo(double, "ask"));
  const refused = double.news.filter((one) => one.startsWith("refused"));
  expect(refused.length).toBeGreaterThan(15_000);
  expect(refused.at(-1)).toBe("refused ask: CLUSTER_OVERLOADED");
});

it("refuses by bytes, too: few large messages are as much as many small ones", async () => {
  const double = linkDouble(1_000_000);
  double.transport.isConnected = false;
  for (let i = 0; i < 100; i++) double.link.send(messageTo(double, "x", { ask: false, args: ["x".repeat(900_000)] }));
  const refused = double.news.filter((one) => one === "refused x: CLUSTER_OVERLOADED");
  expect(100 - refused.length).toBe(75); // 64 MiB
});

it("asks for news when it is held back in silence, since those may be lost", async () => {
  const double = linkDouble(1_000_000);
  await fill(double, 5_000);
  const { length } = double.frames;
  arrive(double, { heard: length });
  await double.time.advance(300);
  const asking = double.frames.slice(length).filter(({ frame }) => frame.isAsking && frame.place.isBare);
  expect(asking.length).toBeGreaterThanOrEqual(2);
  expect(asking.length).toBeLessThanOrEqual(4);
});

it("tells the sender at once when much was handled, and in a moment what else has come", async () => {
  const double = linkDouble();
  const load = arrive(double, { n: 1, messages: 4, weight: windowBytes });
  await double.time.settle();
  expect(double.frames.map(({ frame }) => frame.ack)).toEqual([{ line: 1, heard: 1, handled: 0, isMissing: false }]);
  load?.handled();
  await double.time.settle();
  expect(double.frames.at(-1)?.frame.ack.handled).toBe(windowBytes / 4);
  arrive(double, { n: 2, messages: 1, weight: 100 })?.handled();
  const before = double.frames.length;
  await double.time.advance(50);
  expect(double.frames.slice(before).map(({ frame }) => frame.ack)).toMatchObject([{ heard: 2 }]);
  for (let i = 0; i < 3; i++) load?.handled();
  await double.time.advance(100);
  expect(double.time.timers).toBe(0);
});

it("counts each message once, whatever it weighs, and no longer what waits for its actor", () => {
  const intake = new Intake(() => undefined);
  const place = { line: 1, n: 1, weight: 1_000, isBare: false };
  const load = intake.take(place, 3, 500, 0);
  for (let i = 0; i < 2; i++) load?.handled();
  expect(intake.tell().handled).toBe(667);
  intake.look(249);
  expect(intake.tell().handled).toBe(667);
  intake.look(250);
  expect(intake.tell().handled).toBe(1_000);
  load?.handled();
  expect([intake.tell().handled, intake.isLoaded]).toEqual([1_000, false]);
});

it("counts what waits on top of eight windows for longer, and at last no more either", () => {
  const intake = new Intake(() => undefined);
  const loads = Array.from({ length: 10 }, (_, i) =>
    intake.take({ line: 1, n: i + 1, weight: windowBytes, isBare: false }, 1, 500, 0),
  );
  intake.look(5_000);
  expect([intake.tell().handled, intake.isLoaded]).toEqual([8 * windowBytes, true]);
  loads[0]?.handled();
  intake.look(5_000);
  expect([intake.tell().handled, intake.isLoaded]).toEqual([9 * windowBytes, true]);
  intake.look(10_000);
  expect([intake.tell().handled, intake.isLoaded]).toEqual([10 * windowBytes, false]);
  for (const load of loads) load?.handled();
  expect(intake.tell().handled).toBe(10 * windowBytes);
});

it("no longer counts a message that is larger than all that may wait so, where nothing else does", () => {
  const intake = new Intake(() => undefined);
  const place = { line: 1, weight: 9 * windowBytes, isBare: false };
  intake.take({ ...place, n: 1 }, 1, 500, 0);
  intake.take({ ...place, n: 2 }, 1, 500, 0);
  intake.look(250);
  expect(intake.tell().handled).toBe(9 * windowBytes);
});

class Slow extends Actor {
  static readonly type: string = "slow";
  static readonly gate = { opened: Promise.resolve() as Promise<unknown> };
  handled = 0;
  async take(_text: string): Promise<void> {
    await Slow.gate.opened;
    this.handled++;
  }
  async count(): Promise<number> {
    return this.handled;
  }
}

let all: TestCluster;
beforeEach(() => {
  all = new TestCluster();
});
afterEach(() => all[Symbol.asyncDispose]());

it("brings every tell that was not refused to a receiver that was slow, however many there were", async () => {
  const { opened, open } = latch();
  Slow.gate.opened = opened;
  await all.start("a", { actors: [Slow] });
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  const slow = [1, 2, 3, 4].map((id) => client.ref(Slow, `s${id}`));
  for (let i = 0; i < 40_000; i++) slow[i % 4]?.with({ timeoutMs: 60_000 }).tell.take(kilobyte);
  await all.time.settle();
  const refused = all.happened("client", "dead-letter").length;
  expect(refused).toBeGreaterThan(15_000);
  expect(refused).toBeLessThan(25_000);
  open();
  Slow.gate.opened = Promise.resolve();
  await all.time.advance(1_000);
  const counts = await all.within(Promise.all(slow.map((one) => one.ask.count())));
  expect(counts.reduce((sum, one) => sum + one, 0)).toBe(40_000 - refused);
  expect(all.happened("a", "dead-letter")).toEqual([]);
});

it("is no matter of one actor: behind thousands of messages for a slow one, another one still answers", async () => {
  const { opened, open } = latch();
  Slow.gate.opened = opened;
  await all.start("a", { actors: [Slow] });
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  for (let i = 0; i < 9_000; i++) client.ref(Slow, "s1").with({ timeoutMs: 60_000 }).tell.take(kilobyte);
  const done = watch(client.ref(Slow, "s2").with({ timeoutMs: 60_000 }).ask.count());
  await all.time.advance(1_500);
  expect(done.state).toBe("done 0");
  open();
  Slow.gate.opened = Promise.resolve();
  await all.time.advance(1_000);
  expect(await all.within(client.ref(Slow, "s1").ask.count())).toBe(9_000);
});

class Tiny extends Slow {
  static override readonly type: string = "tiny";
  static readonly mailboxCapacity = 5;
}

it("gives room back for tells that the receiver refuses, too", async () => {
  const { opened, open } = latch();
  Slow.gate.opened = opened;
  const a = await all.start("a", { actors: [Tiny] });
  const client = await all.start("client", { actors: [] });
  await all.time.settle();
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 1_000; i++) client.ref(Tiny, "1").tell.take(kilobyte);
    await all.time.advance(10);
  }
  const done = watch(client.ref(Tiny, "2").ask.count());
  await all.time.advance(200);
  expect(done.state).toBe("done 0");
  expect(all.happened("client", "dead-letter")).toEqual([]);
  expect(all.happened("a", "dead-letter")).toHaveLength(12_000 - 6);
  expect(a.counts()).toEqual({ tiny: 2 });
  open();
});

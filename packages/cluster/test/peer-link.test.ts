// The line to one other node.
import { expect, it } from "vitest";
import { Rejection } from "@aether/actor";
import { encodeSuccess } from "../src/frame-format.ts";
import { arrive, commandsOf, linkDouble, messageTo } from "./link-double.ts";

it("puts what is ready in one tick into one frame, messages and replies", async () => {
  const double = linkDouble();
  for (const command of ["one", "two", "three"]) double.link.send(messageTo(double, command));
  double.link.reply(7, encodeSuccess(7, "x"));
  expect(double.frames).toEqual([]);
  await double.time.settle();
  expect(double.frames.map(commandsOf)).toEqual([["one", "two", "three"]]);
  expect(double.frames[0]?.frame).toMatchObject({
    from: { node: "a", epoch: 1 },
    revision: 4,
    place: { line: 7, n: 1, isBare: false },
    replies: [[7, 0, "x"]],
  });
  double.link.send(messageTo(double, "four"));
  await double.time.settle();
  expect(double.frames.map(commandsOf)).toEqual([["one", "two", "three"], ["four"]]);
});

it("splits what is more than a frame carries, in order, and fills each frame", async () => {
  const double = linkDouble(4_000);
  const commands = Array.from({ length: 20 }, (_, i) => `c${i}`);
  for (const command of commands) double.link.send(messageTo(double, command, { args: ["x".repeat(800)] }));
  for (let n = 1; n <= 20; n++) double.link.reply(n, encodeSuccess(n, "ü".repeat(400)));
  await double.time.settle();
  expect(double.frames.flatMap(commandsOf)).toEqual(commands);
  expect(double.frames.flatMap(({ frame }) => frame.replies.map((reply) => (reply as number[])[0]))).toEqual(
    commands.map((_, i) => i + 1),
  );
  for (const { bytes } of double.frames) expect(bytes).toBeLessThanOrEqual(4_000);
  expect(double.frames.length).toBeLessThan(15);
});

it("refuses a message that is too large, whatever makes it so, and sends nothing of it", async () => {
  const double = linkDouble(4_000);
  double.link.send(messageTo(double, "args", { args: ["x".repeat(3_000)] }));
  double.link.send({ ...messageTo(double, "headers"), headers: { h: "x".repeat(3_000) } });
  double.link.send({ ...messageTo(double, "chain"), chain: Array.from({ length: 300 }, () => "account/1") });
  double.link.send(messageTo(double, "tell", { ask: false, args: ["x".repeat(4_000)] }));
  double.link.send(messageTo(double, "fits", { args: ["x".repeat(2_500)] }));
  await double.time.settle();
  const refused = ["args", "headers", "chain", "tell"].map(
    (command) => `refused ${command}: CLUSTER_MESSAGE_TOO_LARGE`,
  );
  expect(double.news).toEqual(refused);
  expect(double.frames.map(commandsOf)).toEqual([["fits"]]);
});

it("answers with an error in place of a reply that is too large", async () => {
  const double = linkDouble(4_000);
  double.link.reply(3, encodeSuccess(3, "x".repeat(4_000)));
  double.link.reply(4, encodeSuccess(4, "fits"));
  await double.time.settle();
  expect(double.frames[0]?.frame.replies).toMatchObject([
    [3, 1, expect.arrayContaining(["CLUSTER_MESSAGE_TOO_LARGE"])],
    [4, 0, "fits"],
  ]);
});

it("refuses arguments that JSON would change", () => {
  const double = linkDouble();
  double.link.send(messageTo(double, "x", { args: [new Map()] }));
  expect(double.news[0]).toMatch(/^refused x: .*Map/);
});

it("sends the arguments as they were when it was asked to, also the second time", async () => {
  const double = linkDouble();
  const account = { balance: 1 };
  double.link.send(messageTo(double, "x", { args: [account], commandId: "c" }));
  account.balance = 2;
  await double.time.settle();
  expect(double.frames[0]?.frame.messages).toMatchObject([[1, 0, 5_000, "x", [{ balance: 1 }], 1, -1, "c", 0]]);
  double.link.close();
  expect(double.news).toContain('again x[{"balance":1}]');
});

it("answers each ask by its number, once, and nothing by a number that it does not know", async () => {
  const double = linkDouble();
  const [one, two] = [messageTo(double, "one"), messageTo(double, "two")];
  double.link.send(one);
  double.link.send(two);
  double.link.answered({ type: "value", n: 2, value: "second" });
  double.link.answered({ type: "value", n: 2, value: "again" });
  double.link.answered({ type: "value", n: 99, value: "whose?" });
  double.link.answered({ type: "failure", n: 1, error: new Rejection("no") });
  expect([one.outcome(), two.outcome()]).toEqual(["failed no", 'done "second"']);
});

it("gives back what the receiver did not do, with the receiver's revision", () => {
  const double = linkDouble();
  double.link.send(messageTo(double, "x"));
  double.link.answered({ type: "undelivered", n: 1, reason: "not-owner", revision: 9, message: undefined });
  expect(double.news).toEqual(["x[] undelivered: not-owner 9"]);
});

it("refuses more than 16,384 that wait, asks and tells alike", async () => {
  const double = linkDouble(1_000_000);
  double.transport.isConnected = false;
  for (let i = 0; i < 16_384; i++) double.link.send(messageTo(double, "x", { ask: i % 2 === 0 }));
  expect(double.news).toEqual([]);
  double.link.send(messageTo(double, "ask"));
  double.link.send(messageTo(double, "tell", { ask: false }));
  expect(double.news).toEqual(["refused ask: CLUSTER_OVERLOADED", "refused tell: CLUSTER_OVERLOADED"]);
});

it("holds what it cannot send, drops what nobody waits for, and sends the rest after a reconnect", async () => {
  const double = linkDouble();
  double.transport.isConnected = false;
  double.link.send(messageTo(double, "kept"));
  double.link.send(messageTo(double, "short ask", { withinMs: 10 }));
  double.link.send(messageTo(double, "short tell", { ask: false, withinMs: 10 }));
  await double.time.advance(20);
  expect(double.frames).toEqual([]);
  double.transport.isConnected = true;
  double.link.reconnected();
  await double.time.settle();
  expect(double.frames.map(commandsOf)).toEqual([["kept"]]);
  expect(double.news).toEqual(["refused short tell: ACTOR_EXPIRED"]);
});

it("sends again after a reconnect what was not acknowledged, and nothing else", async () => {
  const double = linkDouble();
  double.link.send(messageTo(double, "arrived"));
  await double.time.settle();
  double.link.send(messageTo(double, "ask"));
  double.link.send(messageTo(double, "tell", { ask: false }));
  await double.time.settle();
  arrive(double, { heard: 1 });
  double.link.reconnected();
  await double.time.settle();
  expect(double.frames.map(({ frame }) => frame.place.n)).toEqual([1, 2, 2]);
  expect(double.frames.map(commandsOf)).toEqual([["arrived"], ["ask", "tell"], ["ask", "tell"]]);
});

it("sends a frame that met nobody again, all of it and in order, once there is a sign of life", async () => {
  const double = linkDouble();
  double.link.send(messageTo(double, "ask"));
  double.link.send(messageTo(double, "tell", { ask: false }));
  double.link.reply(3, encodeSuccess(3, "x"));
  await double.time.settle();
  double.listener().nobodyListens(1);
  double.link.send(messageTo(double, "later"));
  await double.time.advance(200);
  expect(double.frames).toHaveLength(1);
  expect(double.probes()).toBeGreaterThan(1);
  double.listener().alive();
  await double.time.settle();
  expect(double.frames.map(commandsOf)).toEqual([["ask", "tell"], ["ask", "tell"], ["later"]]);
  expect(double.frames.map(({ frame }) => frame.place.n)).toEqual([1, 1, 2]);
  expect(double.frames[1]?.frame.replies).toEqual([[3, 0, "x"]]);
});

it("says of a tell whose time was up while it met nobody that it was not done", async () => {
  const double = linkDouble();
  double.link.send(messageTo(double, "tell", { ask: false, withinMs: 100 }));
  await double.time.settle();
  double.listener().nobodyListens(1);
  await double.time.advance(150);
  double.listener().alive();
  await double.time.settle();
  expect(double.frames.map(commandsOf)).toEqual([["tell"], []]);
  expect(double.news).toContain("refused tell: ACTOR_EXPIRED");
});

it("probes while asks wait in silence, and not otherwise", async () => {
  const double = linkDouble();
  await double.time.advance(1_000);
  double.link.send(messageTo(double, "x"));
  await double.time.advance(99);
  expect(double.probes()).toBe(0);
  await double.time.advance(51);
  expect(double.probes()).toBeGreaterThan(0);
  double.listener().alive();
  const before = double.probes();
  await double.time.advance(90);
  expect(double.probes()).toBe(before);
  double.link.answered({ type: "value", n: 1, value: undefined });
  arrive(double, { heard: 1 });
  await double.time.advance(1_000);
  expect(double.probes()).toBeLessThanOrEqual(before + 1);
  expect(double.time.timers).toBe(0);
});

it("tells the receiver of asks that nobody waits for any more", async () => {
  const double = linkDouble();
  const ask = messageTo(double, "x");
  double.link.send(ask);
  await double.time.settle();
  ask.reply?.fail(new Error("aborted"));
  await double.time.advance(50);
  expect(double.frames[1]?.frame.dropped).toEqual([1]);
});

it("gives an ask up that the other node gave up", () => {
  const double = linkDouble();
  let gaveUp = 0;
  double.link.serve(5, { deadline: 9_000, giveUp: () => gaveUp++ });
  arrive(double, { dropped: [4] });
  arrive(double, { dropped: [5, 5] });
  expect(gaveUp).toBe(1);
});

it("sends what a dead node had again by id, says NodeGone without one, and again what it never got", async () => {
  const double = linkDouble();
  double.link.send(messageTo(double, "with", { commandId: "c" }));
  double.link.send(messageTo(double, "without"));
  await double.time.settle();
  double.link.send(messageTo(double, "bounced"));
  double.link.send(messageTo(double, "bounced tell", { ask: false }));
  await double.time.settle();
  double.listener().nobodyListens(2);
  double.link.send(messageTo(double, "queued"));
  double.link.close();
  expect(double.news.filter((one) => /again|refused/.test(one)).toSorted()).toEqual([
    "again bounced tell[]",
    "again bounced[]",
    "again queued[]",
    "again with[]",
    "refused without: CLUSTER_NODE_GONE",
  ]);
});

it("refuses what the transport refuses, and goes on with the next", async () => {
  const double = linkDouble();
  double.transport.failure = new RangeError("never");
  double.link.send(messageTo(double, "x"));
  await double.time.settle();
  double.transport.failure = undefined;
  double.link.send(messageTo(double, "y"));
  await double.time.settle();
  expect(double.news).toEqual(["refused x: never"]);
  expect(double.frames.map(commandsOf)).toEqual([[], ["y"]]);
});

it("begins a line anew when the other node has lost track of it, and repeats only what is recognised", async () => {
  const double = linkDouble();
  double.link.send(messageTo(double, "old"));
  await double.time.settle();
  arrive(double, { heard: 1 });
  double.link.send(messageTo(double, "with", { commandId: "c" }));
  double.link.send(messageTo(double, "without"));
  double.link.send(messageTo(double, "tell", { ask: false }));
  await double.time.settle();
  arrive(double, { heard: 0, isMissing: true });
  await double.time.settle();
  expect(double.frames.slice(2).map(commandsOf)).toEqual([["with"]]);
  expect(double.frames[2]?.frame.place).toMatchObject({ line: 8, n: 1 });
});

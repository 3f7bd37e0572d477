// What arrives at a node from outside, sense and nonsense.
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { epochOf, type OpenBackend, type TableEntry } from "@aether/cluster";
import { decodeFrame } from "../src/frame-reading.ts";
import { Echo, TestCluster, watch } from "./harness.ts";
import type { ActorSystem } from "@aether/actor";

let all: TestCluster;
let intruder: OpenBackend;
let replies: unknown[];
let to: { node: string; epoch: number };
/** Of the table, when all is there. */
let revision: number;
let sent: number;

beforeEach(async () => {
  all = new TestCluster();
  await all.start("a", { actors: [Echo] });
  const { scheduler } = all.time;
  intruder = await all.backend.open({
    systemName: "t",
    node: "x",
    problem: () => {},
    later: (task) => scheduler.microtask(task),
    after: (ms, task) => void scheduler.after(ms, task),
  });
  replies = [];
  sent = 0;
  intruder.transport.listen({ node: "x", epoch: 1 }, (frame) => void replies.push(...decodeFrame(frame).replies));
  const entry = (await intruder.table.read("a")) as TableEntry;
  to = { node: "a", epoch: epochOf(entry) };
  revision = entry.revision;
});
afterEach(() => all[Symbol.asyncDispose]());

async function send(frame: unknown): Promise<void> {
  const bytes = frame instanceof Uint8Array ? frame : Buffer.from(JSON.stringify(frame));
  const peer = intruder.transport.connect(to, { nobodyListens: () => expect.unreachable(), alive: () => {} });
  peer.send(bytes, 1);
  await all.time.settle();
}

/** The next frame of the intruder's line. */
function frameWith(messages: unknown[], rest: Record<number, unknown> = {}): unknown[] {
  const replies: unknown[] = [];
  const frame = [3, ["x", 1], 1, [1, ++sent, 0], [1, 0, 0], 0, [["echo", "1"]], messages, replies, []];
  return Object.assign(frame, rest);
}

function ask(n: unknown, rest: Record<number, unknown> = {}): unknown[] {
  return Object.assign([n, 0, 1_000, "say", ["hi"], 1], rest);
}

function addressed(type: string, id: unknown): Record<number, unknown> {
  return { 6: [[type, id]] };
}

it("answers an ask that came in a frame", async () => {
  await send(frameWith([ask(1)]));
  expect(replies).toEqual([[1, 0, "hi"]]);
});

it.each([
  ["a prototype's name as command", { 3: "constructor" }, "ACTOR_UNKNOWN_COMMAND"],
  ["__proto__ as command", { 3: "__proto__" }, "ACTOR_UNKNOWN_COMMAND"],
  ["toString as command", { 3: "toString" }, "ACTOR_UNKNOWN_COMMAND"],
  ["a hook as command", { 3: "onStart" }, "ACTOR_UNKNOWN_COMMAND"],
  ["no arguments", { 4: null }, "CLUSTER_BAD_FRAME"],
  ["a key that rewrites prototypes", { 4: [JSON.parse('{"__proto__":{}}')] }, "CLUSTER_BAD_FRAME"],
  ["an address that is none", { 1: 1 }, "CLUSTER_BAD_FRAME"],
  ["no address", { 1: 9 }, "CLUSTER_BAD_FRAME"],
  ["an empty id", { 1: 2 }, "ACTOR_INVALID_ID"],
  ["an id that is too long", { 1: 3 }, "ACTOR_INVALID_ID"],
  ["half of a surrogate pair as id", { 1: 4 }, "ACTOR_INVALID_ID"],
  ["a negative remaining time", { 2: -5 }, "CLUSTER_BAD_FRAME"],
  ["no remaining time", { 2: null }, "CLUSTER_BAD_FRAME"],
  ["no time left", { 2: 0 }, "ACTOR_EXPIRED"],
])("answers an ask with %s by a named error, and the next one as ever", async (_what, change, code) => {
  const addresses = [["echo", "1"], 5, ["echo", ""], ["echo", "x".repeat(201)], ["echo", "\ud800"]];
  await send(frameWith([ask(1, change), ask(2)], { 6: addresses }));
  expect(replies).toEqual([
    [1, 1, expect.arrayContaining([code])],
    [2, 0, "hi"],
  ]);
});

it("says of a type that it does not host that it does not own it", async () => {
  for (const type of ["nobody", "constructor", "__proto__", "a/b", ""])
    await send(frameWith([ask(1)], addressed(type, "1")));
  expect(replies).toHaveLength(5);
  for (const reply of replies) expect(reply).toEqual([1, 3, "not-owner", expect.any(Number)]);
});

it("ignores messages without a number, and answers the others of their frame", async () => {
  await send(frameWith([null, 7, "x", [], {}, ask("1"), ask(-1), ask(1.5), ask(3)]));
  expect(replies).toEqual([[3, 0, "hi"]]);
});

it("ignores replies that it did not ask for, whatever they are", async () => {
  const odd = [null, 1, {}, [], [99, 0, 1], [1, 1, "x"], [2, 2, null], [3, 3, 0], [4, 99]];
  const returned = [null, {}, ask(1, { 1: 7 })].map((message, n) => [n, 3, "not-owner", 5, [], message]);
  await send(frameWith([ask(4)], { 8: [...odd, ...returned], 9: [4, 9] }));
  expect(replies).toEqual([[4, 0, "hi"]]);
});

it("does not hold up what a sender sends by one impossible revision", async () => {
  await send(frameWith([ask(1)], { 2: Number.MAX_SAFE_INTEGER }));
  await send(frameWith([ask(2, { 2: 10_000 })]));
  expect(replies).toEqual([]);
  await all.time.advance(1_000);
  expect(replies).toEqual([
    [1, 3, "behind", expect.any(Number)],
    [2, 0, "hi"],
  ]);
});

it("counts the time that a message waits for the view against its deadline", async () => {
  await send(frameWith([ask(1, { 2: 700 })], { 2: revision + 1 }));
  await send(frameWith([ask(2, { 2: 300 })], { 2: revision + 1 }));
  await all.time.advance(500);
  await intruder.table.write({ node: "z", epoch: 0, state: "left", weight: 1, types: [], time: 0 }, 0);
  await all.time.settle();
  expect(replies).toEqual([
    [1, 0, "hi"],
    [2, 1, expect.arrayContaining(["ACTOR_EXPIRED"])],
  ]);
});

it("returns a tell that it does not own with what is left of its time", async () => {
  const tell = ask(1, { 2: 700, 5: 0 });
  await send(frameWith([tell], { 2: revision + 1, ...addressed("nobody", "1") }));
  await all.time.advance(500);
  await intruder.table.write({ node: "z", epoch: 0, state: "left", weight: 1, types: [], time: 0 }, 0);
  await all.time.settle();
  expect(replies).toEqual([[1, 3, "not-owner", revision + 1, [["nobody", "1"]], [1, 0, 200, "say", ["hi"]]]]);
});

/** The intruder joins as node `x`, and hosts echoes too. */
async function join(epoch: number): Promise<void> {
  await intruder.table.write({ node: "x", epoch, state: "up", weight: 1, types: ["echo"], time: 0 }, 0);
  await all.time.settle();
}

it("refuses what belongs to another node by its view, and runs nothing of it", async () => {
  await join(1);
  const a = all.systems.get("a") as ActorSystem;
  const [own, foreign] = [all.idOn("a", a, "echo"), all.idOn("x", a, "echo")];
  await send(
    frameWith([ask(1, { 1: 0 }), ask(2, { 1: 1 })], {
      6: [
        ["echo", foreign],
        ["echo", own],
      ],
    }),
  );
  expect(replies).toEqual([
    [1, 3, "not-owner", revision + 1],
    [2, 0, "hi"],
  ]);
  expect(a.counts()["echo"]).toBe(1);
});

it.each([
  ["an error without code", "1,{}"],
  ["a rejection that is none", "2,null"],
  ["a return without reason", "3,1"],
  ["a value nested beyond all measure", `0,${"[".repeat(1_000)}${"]".repeat(1_000)}`],
])("ends an ask that is answered by %s with an error of that name", async (_what, odd) => {
  await join(1);
  const a = all.systems.get("a") as ActorSystem;
  const outcome = watch(a.ref(Echo, all.idOn("x", a, "echo")).ask.say("?"));
  await all.time.settle();
  await send(Buffer.from(`[3,["x",1],1,[1,1,0],[0,0,0],0,[],[],[[1,${odd}]],[]]`));
  expect(outcome.state).toBe("failed CLUSTER_BAD_FRAME");
});

it("takes each frame of a line once and in order, and says what it misses", async () => {
  const acks: unknown[] = [];
  intruder.transport.listen({ node: "x", epoch: 1 }, (frame) => void acks.push(decodeFrame(frame).ack));
  const [first, second, third] = [1, 2, 3].map((n) => frameWith([ask(n, { 4: [n], 5: 0 })]));
  await send(first);
  await send(third);
  expect(acks).toMatchObject([{ line: 1, heard: 1, isMissing: true }]);
  await send(second);
  await send(second);
  await send(third);
  await send(frameWith([ask(4, { 3: "heard" })]));
  expect(acks.at(-1)).toMatchObject({ line: 1, heard: 4, isMissing: false });
  const a = all.systems.get("a") as ActorSystem;
  expect(await all.within(a.ref(Echo, "1").ask.heard())).toEqual([1, 2, 3]);
});

it("takes nothing of a node that is over, since nobody knows what it has sent before", async () => {
  await join(1);
  await intruder.table.write({ node: "x", epoch: 1, state: "removed", weight: 1, types: [], time: 0 }, revision + 1);
  await all.time.settle();
  await send(frameWith([ask(1)]));
  expect(replies).toEqual([]);
});

it("takes no frame that claims to be its own", async () => {
  await send(frameWith([ask(1)], { 1: ["a", to.epoch] }));
  expect(all.happened("a", "cluster-problem")).toMatchObject([{ error: { code: "CLUSTER_BAD_FRAME" } }]);
});

it("begins a line anew when its sender does, and takes nothing of the earlier one", async () => {
  await send(frameWith([ask(1)]));
  sent = 0;
  await send(frameWith([ask(2)], { 3: [2, 1, 0] }));
  await send(frameWith([ask(3)], { 3: [1, 2, 0] }));
  expect(replies).toEqual([
    [1, 0, "hi"],
    [2, 0, "hi"],
  ]);
});

it("survives random bytes and frames with anything anywhere, and still answers", async () => {
  const nonsense = fc.anything({ withNullPrototype: false, maxDepth: 3 }).map((value) => {
    const text = JSON.stringify(value);
    return text === undefined ? null : (JSON.parse(text) as unknown);
  });
  const mutated = fc.record({ field: fc.nat(10), value: nonsense, n: fc.integer({ min: -1, max: 9 }) });
  const frames = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    nonsense,
    fc.array(mutated).map((changes) => frameWith(changes.map(({ field, value, n }) => ask(n, { [field]: value })))),
    fc.record({ field: fc.nat(9), value: nonsense }).map(({ field, value }) => frameWith([ask(1)], { [field]: value })),
    fc.array(nonsense).map((some) => frameWith(some, { 8: some })),
  );
  await fc.assert(
    fc.asyncProperty(frames, async (frame) => {
      await send(frame instanceof Uint8Array || frame !== undefined ? frame : null);
    }),
    { numRuns: 1_000 },
  );
  replies.length = 0;
  await all.time.advance(2_000);
  replies.length = 0;
  sent = 0;
  await send(frameWith([ask(1)], { 3: [Number.MAX_SAFE_INTEGER, 1, 0] }));
  expect(replies).toEqual([[1, 0, "hi"]]);
});

it("reports a frame that is none, and no more than that", async () => {
  await send(Buffer.from("hello"));
  expect(all.happened("a", "cluster-problem")).toMatchObject([{ error: { code: "CLUSTER_BAD_FRAME" } }]);
});

// What arrives at a node from outside, sense and nonsense.
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { OpenBackend } from "@aether/cluster";
import { decodeFrame } from "../src/frame-reading.ts";
import { Echo, TestCluster, watch } from "./harness.ts";
import type { ActorSystem } from "@aether/actor";

let all: TestCluster;
let intruder: OpenBackend;
let replies: unknown[];
let to: { node: string; epoch: number };

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
  intruder.transport.listen({ node: "x", epoch: 1 }, (frame) => void replies.push(...decodeFrame(frame).replies));
  to = { node: "a", epoch: (await intruder.table.read("a"))?.revision ?? 0 };
});
afterEach(() => all[Symbol.asyncDispose]());

async function send(frame: unknown): Promise<void> {
  const bytes = frame instanceof Uint8Array ? frame : Buffer.from(JSON.stringify(frame));
  const peer = intruder.transport.connect(to, { nobodyListens: () => expect.unreachable(), alive: () => {} });
  peer.send(bytes, 1);
  await all.time.settle();
}

function frameWith(messages: unknown[], rest: object = {}): object {
  return { protocol: 1, from: ["x", 1], revision: 1, messages, replies: [], ...rest };
}

function ask(n: number, rest: object = {}): object {
  return { n, to: ["echo", "1"], command: "say", args: ["hi"], left: 1_000, ask: true, ...rest };
}

it("answers an ask that came in a frame", async () => {
  await send(frameWith([ask(1)]));
  expect(replies).toEqual([{ n: 1, ok: "hi" }]);
});

it.each([
  ["a prototype's name as command", { command: "constructor" }, "ACTOR_UNKNOWN_COMMAND"],
  ["__proto__ as command", { command: "__proto__" }, "ACTOR_UNKNOWN_COMMAND"],
  ["toString as command", { command: "toString" }, "ACTOR_UNKNOWN_COMMAND"],
  ["a hook as command", { command: "onStart" }, "ACTOR_UNKNOWN_COMMAND"],
  ["no arguments", { args: undefined }, "CLUSTER_BAD_FRAME"],
  ["an address that is none", { to: 5 }, "CLUSTER_BAD_FRAME"],
  ["an empty id", { to: ["echo", ""] }, "ACTOR_INVALID_ID"],
  ["an id that is too long", { to: ["echo", "x".repeat(201)] }, "ACTOR_INVALID_ID"],
  ["half of a surrogate pair as id", { to: ["echo", "\ud800"] }, "ACTOR_INVALID_ID"],
  ["a negative remaining time", { left: -5 }, "CLUSTER_BAD_FRAME"],
  ["no remaining time", { left: null }, "CLUSTER_BAD_FRAME"],
  ["no time left", { left: 0 }, "ACTOR_EXPIRED"],
])("answers an ask with %s by a named error, and the next one as ever", async (_what, change, code) => {
  await send(frameWith([ask(1, change), ask(2)]));
  expect(replies).toMatchObject([
    { n: 1, error: { code } },
    { n: 2, ok: "hi" },
  ]);
});

it("says of a type that it does not host that it does not own it", async () => {
  for (const type of ["nobody", "constructor", "__proto__", "a/b", ""])
    await send(frameWith([ask(1, { to: [type, "1"] })]));
  expect(replies).toHaveLength(5);
  for (const reply of replies) expect(reply).toMatchObject({ n: 1, undelivered: { reason: "not-owner" } });
});

it("ignores messages without a number, and answers the others of their frame", async () => {
  await send(frameWith([null, 7, "x", [], {}, ask("1" as never), ask(-1), ask(1.5), ask(3)]));
  expect(replies).toEqual([{ n: 3, ok: "hi" }]);
});

it("ignores replies that it did not ask for, whatever they are", async () => {
  const odd = [
    null,
    1,
    {},
    { n: 99, ok: 1 },
    { n: 1, error: "x" },
    { n: 2, rejection: null },
    { n: 3, undelivered: 0 },
  ];
  const returned = [
    { n: 1, message: null },
    { n: 2, message: {} },
    { n: 3, message: ask(1, { to: null }) },
  ];
  await send(frameWith([ask(4)], { replies: [...odd, ...returned], dropped: [4, 9], again: true }));
  expect(replies).toEqual([{ n: 4, ok: "hi" }]);
});

it("does not hold up what a sender sends by one impossible revision", async () => {
  await send(frameWith([ask(1)], { revision: Number.MAX_SAFE_INTEGER }));
  await send(frameWith([ask(2, { left: 10_000 })]));
  expect(replies).toEqual([]);
  await all.time.advance(1_000);
  expect(replies).toMatchObject([
    { n: 1, undelivered: { reason: "behind" } },
    { n: 2, ok: "hi" },
  ]);
});

it("counts the time that a message waits for the view against its deadline", async () => {
  await send(frameWith([ask(1, { left: 700 })], { revision: to.epoch + 1 }));
  await send(frameWith([ask(2, { left: 300 })], { revision: to.epoch + 1 }));
  await all.time.advance(500);
  await intruder.table.write({ node: "z", epoch: 0, state: "left", weight: 1, types: [], time: 0 }, 0);
  await all.time.settle();
  expect(replies).toMatchObject([
    { n: 1, ok: "hi" },
    { n: 2, error: { code: "ACTOR_EXPIRED" } },
  ]);
});

it("returns a tell that it does not own with what is left of its time", async () => {
  const tell = { ...ask(1), ask: undefined, to: ["nobody", "1"], left: 700 };
  await send(frameWith([tell], { revision: to.epoch + 1 }));
  await all.time.advance(500);
  await intruder.table.write({ node: "z", epoch: 0, state: "left", weight: 1, types: [], time: 0 }, 0);
  await all.time.settle();
  expect(replies).toMatchObject([{ n: 1, message: { to: ["nobody", "1"], args: ["hi"], left: 200 } }]);
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
  await send(frameWith([ask(1, { to: ["echo", foreign] }), ask(2, { to: ["echo", own] })]));
  expect(replies).toEqual([
    { n: 1, undelivered: { reason: "not-owner", revision: to.epoch + 1 } },
    { n: 2, ok: "hi" },
  ]);
  expect(a.counts()["echo"]).toBe(1);
});

it.each([
  ["an error without code", { error: {} }],
  ["a rejection that is none", { rejection: null }],
  ["a return without reason", { undelivered: 1 }],
  ["a value nested beyond all measure", '"ok":'.concat("[".repeat(1_000), "]".repeat(1_000))],
])("ends an ask that is answered by %s with an error of that name", async (_what, odd) => {
  await join(1);
  const a = all.systems.get("a") as ActorSystem;
  const outcome = watch(a.ref(Echo, all.idOn("x", a, "echo")).ask.say("?"));
  await all.time.settle();
  const text = typeof odd === "string" ? `{"n":1,${odd}}` : JSON.stringify({ n: 1, ...odd });
  await send(Buffer.from(`{"protocol":1,"from":["x",1],"revision":1,"messages":[],"replies":[${text}]}`));
  expect(outcome.state).toBe("failed CLUSTER_BAD_FRAME");
});

it("survives random bytes and frames with anything anywhere, and still answers", async () => {
  const nonsense = fc.anything({ withNullPrototype: false, maxDepth: 3 }).map((value) => {
    const text = JSON.stringify(value);
    return text === undefined ? null : (JSON.parse(text) as unknown);
  });
  const fields = ["n", "to", "command", "args", "left", "ask", "sender", "id", "below", "chain", "headers"];
  const mutated = fc.record({ field: fc.constantFrom(...fields), value: nonsense, n: fc.integer({ min: -1, max: 9 }) });
  const frames = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    nonsense,
    fc
      .array(mutated)
      .map((changes) => frameWith(changes.map(({ field, value, n }) => ({ ...ask(n), [field]: value })))),
    fc
      .record({
        field: fc.constantFrom("protocol", "from", "revision", "messages", "replies", "dropped"),
        value: nonsense,
      })
      .map(({ field, value }) => frameWith([ask(1)], { [field]: value })),
    fc.array(nonsense).map((some) => frameWith(some, { replies: some })),
  );
  const seed = Math.floor(Math.random() * 2 ** 31);
  await fc.assert(
    fc.asyncProperty(frames, async (frame) => {
      await send(frame instanceof Uint8Array || frame !== undefined ? frame : null);
    }),
    { numRuns: 1_000, seed },
  );
  replies.length = 0;
  await all.time.advance(2_000);
  replies.length = 0;
  await send(frameWith([ask(1)]));
  expect(replies, `seed ${seed}`).toEqual([{ n: 1, ok: "hi" }]);
});

it("reports a frame that is none, and no more than that", async () => {
  await send(Buffer.from("hello"));
  expect(all.happened("a", "cluster-problem")).toMatchObject([{ error: { code: "CLUSTER_BAD_FRAME" } }]);
});

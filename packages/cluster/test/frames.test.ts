// What travels between nodes: every field comes back, and nothing that is odd comes through.
import { ActorAddress, AetherError, EncodedValue, type Envelope, Rejection } from "@aether/actor";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeBeat, encodeBeat } from "../src/heartbeat.ts";
import {
  argumentsJson,
  encodeFailure,
  encodeFrame,
  encodeMessage,
  encodeSuccess,
  encodeUndelivered,
  withTime,
} from "../src/frame-format.ts";
import { decodeFrame, readError, readMessage, readReply } from "../src/frame-reading.ts";

const text = fc.string({ unit: "binary", maxLength: 30 });
const id = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });
const address = id.map((one) => new ActorAddress("account", one));
const json = fc.jsonValue({ depthSize: "small" }).filter((value) => !JSON.stringify(value).includes("__proto__"));
const reply = { wantsReply: true, isSettled: false, succeed: () => {}, fail: () => {}, undelivered: () => {} };
const envelopes: fc.Arbitrary<Envelope> = fc.record({
  to: address,
  command: text,
  args: fc.array(json),
  deadline: fc.constant(0),
  reply: fc.constantFrom(reply, undefined),
  sender: fc.option(address, { nil: undefined }),
  commandId: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
  answeredBelow: fc.nat(),
  chain: fc.array(text),
  headers: fc.option(fc.dictionary(text, text), { nil: undefined }),
  next: fc.constant(undefined),
});
const header = { from: { node: "a", epoch: 3 }, revision: 9 };

function frameOf(messages: string[], replies: string[] = []): Uint8Array {
  return encodeFrame(header, { messages, replies, dropped: [], again: false });
}

it("brings back every field of a message", () => {
  fc.assert(
    fc.property(envelopes, fc.nat(), fc.nat(), (envelope, n, remainingMs) => {
      const sent = withTime(encodeMessage(envelope, n, argumentsJson(envelope)), remainingMs + 0.7);
      const frame = decodeFrame(frameOf([sent]));
      const { to, command, sender, commandId, answeredBelow, chain, headers } = envelope;
      expect(frame).toMatchObject(header);
      expect(readMessage(frame.messages[0])).toEqual({
        n,
        isAsk: envelope.reply !== undefined,
        to,
        command,
        args: envelope.args,
        remainingMs,
        sender,
        commandId,
        answeredBelow,
        chain,
        headers: headers && JSON.parse(JSON.stringify(headers)),
      });
    }),
  );
});

it("brings back replies: values, nothing, rejections, errors with their data, and what came back undelivered", () => {
  const error = new AetherError("SOME_CODE", "what failed", { retryable: true, data: { at: [1, "two"] } });
  const replies = [
    encodeSuccess(1, { deep: [null, "ü", 1.5] }),
    encodeSuccess(2, undefined),
    encodeSuccess(3, null),
    encodeSuccess(4, new EncodedValue('{"as":"it is"}')),
    encodeFailure(5, new Rejection("insufficient-funds", { balance: 3 })),
    encodeFailure(6, error),
    encodeFailure(7, new RangeError("not ours")),
    encodeUndelivered(8, { reason: "not-owner", revision: 12 }),
  ];
  const read = decodeFrame(frameOf([], replies)).replies.map(readReply);
  expect(read.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(read.slice(0, 4).map(({ ok }) => ok)).toEqual([{ deep: [null, "ü", 1.5] }, undefined, null, { as: "it is" }]);
  const errors = read.slice(4, 7).map((one) => readError(one));
  expect(errors[0]).toBeInstanceOf(Rejection);
  expect(errors[0]).toMatchObject({ code: "insufficient-funds", data: { balance: 3 } });
  expect(errors[1]).toMatchObject({ code: "SOME_CODE", message: "what failed", retryable: true, data: error.data });
  expect(errors[2]).toMatchObject({ code: "ACTOR_FAILED" });
  expect(readError(read[7] as (typeof read)[0])).toBeUndefined();
  expect(read[7]?.undelivered).toEqual({ reason: "not-owner", revision: 12 });
});

it.each([
  ["text that is no JSON", "{"],
  ["null", "null"],
  ["a number", "7"],
  ["a list", "[]"],
  ["another protocol", { protocol: 2 }],
  ["no protocol", { protocol: undefined }],
  ["no sender", { from: undefined }],
  ["a sender that fits into no subject", { from: ["a.*", 1] }],
  ["a sender without epoch", { from: ["a"] }],
  ["a sender with an odd epoch", { from: ["a", 1.5] }],
  ["no revision", { revision: undefined }],
  ["a negative revision", { revision: -1 }],
  ["a revision beyond all numbers", '{"protocol":1,"from":["a",1],"revision":1e999,"messages":[],"replies":[]}'],
  ["messages that are no list", { messages: {} }],
  ["replies that are no list", { replies: 1 }],
  ["dropped asks that are no numbers", { dropped: ["1"] }],
])("refuses a frame with %s", (_what, change) => {
  const whole = { protocol: 1, from: ["a", 1], revision: 1, messages: [], replies: [] };
  expect(decodeFrame(Buffer.from(JSON.stringify(whole)))).toBeTruthy();
  const odd = typeof change === "string" ? change : JSON.stringify({ ...whole, ...change });
  expect(() => decodeFrame(Buffer.from(odd))).toThrow(expect.objectContaining({ code: "CLUSTER_BAD_FRAME" }));
});

const deep = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

it.each([
  ["no number", { n: undefined }],
  ["a number that is text", { n: "1" }],
  ["a negative number", { n: -1 }],
  ["no command", { command: undefined }],
  ["arguments that are no list", { args: "x" }],
  ["arguments nested beyond all measure", { args: deep(100_000) }],
  ["no remaining time", { left: undefined }],
  ["a negative remaining time", { left: -1 }],
  ["a remaining time that is no number", { left: null }],
  ["an address that is none", { to: "account/1" }],
  ["an address without id", { to: ["account"] }],
  ["an empty id", { to: ["account", ""] }],
  ["a type that is no text", { to: [{}, "1"] }],
  ["a sender that is no address", { sender: null }],
  ["a command id that is no text", { id: 7 }],
  ["a command id without end", { id: "x".repeat(300) }],
  ["a mark of answered commands that is no number", { below: "3" }],
  ["a negative mark", { below: -1 }],
  ["a chain that is no list", { chain: "a" }],
  ["a chain of odd things", { chain: [1] }],
  ["headers that are a list", { headers: ["x"] }],
  ["headers that are no texts", { headers: { a: {} } }],
])("refuses a message with %s", (_what, change) => {
  const whole = { n: 1, to: ["account", "1"], command: "x", args: [], left: 5 };
  expect(readMessage(whole)).toBeTruthy();
  expect(() => readMessage({ ...whole, ...change })).toThrow(AetherError);
});

it.each([
  ["null", null],
  ["no number", {}],
  ["a rejection without code", { n: 1, rejection: null }],
  ["an error that is text", { n: 1, error: "x" }],
  ["an error without code", { n: 1, error: { message: "x", retryable: false, data: {} } }],
  ["a return without reason", { n: 1, undelivered: {} }],
  ["a return with an odd revision", { n: 1, undelivered: { reason: "x", revision: "9" } }],
  ["a value nested beyond all measure", { n: 1, ok: deep(100_000) }],
])("refuses a reply with %s", (_what, raw) => {
  expect(() => readReply(raw)).toThrow(expect.objectContaining({ code: "CLUSTER_BAD_FRAME" }));
});

it("throws nothing but its own errors, whatever the bytes", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((json) => Buffer.from(json)),
      ),
      (bytes) => {
        try {
          decodeFrame(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "CLUSTER_BAD_FRAME" });
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

it("takes for a heartbeat only what is one", () => {
  expect(decodeBeat(encodeBeat({ node: "a", epoch: 7 }))).toEqual({ node: "a", epoch: 7 });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((json) => Buffer.from(json)),
      ),
      (bytes) => {
        const beat = decodeBeat(bytes);
        if (beat !== undefined) expect([typeof beat.node, typeof beat.epoch]).toEqual(["string", "number"]);
      },
    ),
    { numRuns: 2_000 },
  );
});

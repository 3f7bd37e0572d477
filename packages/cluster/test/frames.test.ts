// What travels between nodes: every field comes back, and nothing that is odd comes through.
import { ActorAddress, AetherError, EncodedValue, type Envelope, Rejection } from "@aether/actor";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeBeat, encodeBeat } from "../src/heartbeat.ts";
import {
  encodeFailure,
  encodeFrame,
  encodeMessage,
  encodeReturned,
  encodeSuccess,
  encodeUndelivered,
  type OutgoingMessage,
} from "../src/frame-format.ts";
import { AddressTable, decodeFrame, readMessage, readReply } from "../src/frame-reading.ts";

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
  headers: fc.option(
    fc.dictionary(
      text.filter((name) => name !== "__proto__"),
      text,
    ),
    { nil: undefined },
  ),
  next: fc.constant(undefined),
});
const plain: Envelope = {
  to: new ActorAddress("account", "1"),
  command: "x",
  args: [],
  deadline: 5,
  reply: undefined,
  sender: undefined,
  commandId: undefined,
  answeredBelow: 0,
  chain: [],
  headers: undefined,
  next: undefined,
};
const header = { from: { node: "a", epoch: 3 }, revision: 9 };

const place = { line: 2, n: 5, weight: 300, isBare: false };
const ack = { line: 1, heard: 4, handled: 250, isMissing: true };

function frameOf(messages: OutgoingMessage[], replies: string[] = []): Uint8Array {
  const texts = replies.map((reply) => ({ text: reply }));
  return encodeFrame(header, { place, ack, isAsking: true, messages, replies: texts, dropped: [3, 9] }, 0);
}

function received({ to, sender, ...rest }: Envelope, n: number, remainingMs: number): object {
  const { command, args, commandId, answeredBelow, chain } = rest;
  const headers = rest.headers && JSON.parse(JSON.stringify(rest.headers));
  const isAsk = rest.reply !== undefined;
  return { n, isAsk, to, command, args, remainingMs, sender, commandId, answeredBelow, chain, headers };
}

it("brings back every field of a frame and of its messages", () => {
  fc.assert(
    fc.property(fc.array(envelopes, { maxLength: 4 }), (sent) => {
      const messages = sent.map((one, n) => {
        const envelope = { ...one, deadline: 70.7 * n };
        return { n, envelope, text: encodeMessage(envelope) };
      });
      const frame = decodeFrame(frameOf(messages));
      expect(frame).toMatchObject({ ...header, place, ack, isAsking: true, dropped: [3, 9] });
      expect(frame.messages.map((wire) => readMessage(wire, frame.addresses))).toEqual(
        sent.map((envelope, n) => received(envelope, n, Math.floor(70.7 * n))),
      );
    }),
  );
});

it("names each address once, and brings it back as one object", () => {
  const to = new ActorAddress("account", "1");
  const sender = new ActorAddress("account", "ü*>.");
  const envelope: Envelope = { ...plain, to, sender };
  const messages = [1, 2, 3].map((n) => ({ n, envelope, text: encodeMessage(envelope) }));
  const bytes = frameOf(messages);
  expect(Buffer.from(bytes).toString().split("account")).toHaveLength(3);
  const frame = decodeFrame(bytes);
  const read = frame.messages.map((wire) => readMessage(wire, frame.addresses));
  expect(new Set(read.map((one) => one.to)).size).toBe(1);
  expect(read.map((one) => one.sender?.id)).toEqual(["ü*>.", "ü*>.", "ü*>."]);
});

it("does not say who a spawned actor is, since nobody could reach it from another node", () => {
  const child = new ActorAddress("part", "1", new ActorAddress("account", "1"));
  const envelope: Envelope = { ...plain, sender: child };
  const frame = decodeFrame(frameOf([{ n: 1, envelope, text: encodeMessage(envelope) }]));
  expect(readMessage(frame.messages[0], frame.addresses).sender).toBeUndefined();
});

it("brings a tell back that returns, whatever it holds", () => {
  fc.assert(
    fc.property(envelopes, (sent) => {
      const envelope = { ...sent, reply: undefined, deadline: 80 };
      const text = encodeUndelivered(6, { reason: "not-owner", revision: 12 }, encodeReturned(envelope, 6, 50));
      const { replies } = decodeFrame(frameOf([], [text]));
      expect(readReply(replies[0], true)).toEqual({
        type: "undelivered",
        n: 6,
        reason: "not-owner",
        revision: 12,
        message: received(envelope, 6, 30),
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
  const read = decodeFrame(frameOf([], replies)).replies.map((raw) => readReply(raw, false));
  expect(read.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const values = read.flatMap((one) => (one.type === "value" ? [one.value] : []));
  expect(values).toEqual([{ deep: [null, "ü", 1.5] }, undefined, null, { as: "it is" }]);
  const errors = read.flatMap((one) => (one.type === "failure" ? [one.error] : []));
  expect(errors[0]).toBeInstanceOf(Rejection);
  expect(errors[0]).toMatchObject({ code: "insufficient-funds", data: { balance: 3 } });
  expect(errors[1]).toMatchObject({ code: "SOME_CODE", message: "what failed", retryable: true, data: error.data });
  expect(errors[2]).toMatchObject({ code: "ACTOR_FAILED" });
  expect(read[7]).toEqual({ type: "undelivered", n: 8, reason: "not-owner", revision: 12, message: undefined });
});

it("tells a rejection with nothing from one with null", () => {
  const texts = [new Rejection("no"), new Rejection("no", null)].map((error) => encodeFailure(1, error));
  const read = decodeFrame(frameOf([], texts)).replies.map((raw) => readReply(raw, false));
  expect(read.map((one) => (one.type === "failure" ? (one.error as Rejection).data : one))).toEqual([undefined, null]);
});

it.each([
  ["text that is no JSON", "{"],
  ["bytes that are no UTF-8", Buffer.from([0x5b, 0xff, 0x5d])],
  ["null", "null"],
  ["a number", "7"],
  ["an empty list", "[]"],
  ["the first protocol", '{"protocol":1,"from":["a",1],"revision":1,"messages":[],"replies":[]}'],
  ["another protocol", { 0: 4 }],
  ["no protocol", { 0: null }],
  ["no sender", { 1: null }],
  ["a sender that fits into no subject", { 1: ["a.*", 1] }],
  ["a sender without epoch", { 1: ["a"] }],
  ["a sender with an odd epoch", { 1: ["a", 1.5] }],
  ["no revision", { 2: null }],
  ["a negative revision", { 2: -1 }],
  ["a revision beyond all numbers", '[3,["a",1],1e999,[1,1,0],[0,0,0],0,[],[],[],[]]'],
  ["no place", { 3: null }],
  ["a place that is too short", { 3: [1, 1] }],
  ["a negative place", { 3: [1, -1, 0] }],
  ["an odd acknowledgement", { 4: [0, "1", 0] }],
  ["addresses that are no list", { 6: {} }],
  ["messages that are no list", { 7: {} }],
  ["replies that are no list", { 8: 1 }],
  ["dropped asks that are no numbers", { 9: ["1"] }],
])("refuses a frame with %s", (_what, change) => {
  const whole = [3, ["a", 1], 1, [1, 1, 0], [0, 0, 0], 0, [], [], [], []];
  expect(decodeFrame(Buffer.from(JSON.stringify(whole)))).toBeTruthy();
  const isText = typeof change === "string" || Buffer.isBuffer(change);
  const odd = isText ? change : JSON.stringify(Object.assign([...whole], change));
  expect(() => decodeFrame(Buffer.from(odd as string))).toThrow(expect.objectContaining({ code: "CLUSTER_BAD_FRAME" }));
});

it.each([
  ["the first", '{"protocol":1,"from":["a",1],"revision":1,"messages":[],"replies":[]}', "1, not 3"],
  ["a later one", "[4]", "4, not 3"],
])("names %s protocol in its refusal", (_what, text, said) => {
  expect(() => decodeFrame(Buffer.from(text))).toThrow(`its protocol is ${said}`);
});

const deep = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

it.each([
  ["no number", { 0: null }],
  ["a number that is text", { 0: "1" }],
  ["a negative number", { 0: -1 }],
  ["no address", { 1: null }],
  ["an address that its frame does not have", { 1: 6 }],
  ["an address that is none", { 1: 1 }],
  ["an address without id", { 1: 2 }],
  ["an empty id", { 1: 3 }],
  ["a type that is no text", { 1: 4 }],
  ["a type that is too long", { 1: 5 }],
  ["no remaining time", { 2: null }],
  ["a negative remaining time", { 2: -1 }],
  ["no command", { 3: null }],
  ["arguments that are no list", { 4: "x" }],
  ["arguments nested beyond all measure", { 4: deep(100_000) }],
  ["a number beyond all measure", { 4: [JSON.parse("1e999")] }],
  ["half of a surrogate pair", { 4: ["\ud800"] }],
  ["a key that rewrites prototypes", { 4: [JSON.parse('{"__proto__":1}')] }],
  ["a sender that is no address", { 6: 1 }],
  ["a command id that is no text", { 7: 7 }],
  ["a command id without end", { 7: "x".repeat(300) }],
  ["a mark of answered commands that is no number", { 8: "3" }],
  ["a negative mark", { 8: -1 }],
  ["a chain that is no list", { 9: "a" }],
  ["a chain of odd things", { 9: [1] }],
  ["headers that are a list", { 10: ["x"] }],
  ["headers that are no texts", { 10: { a: {} } }],
])("refuses a message with %s", (_what, change) => {
  const raw = [["account", "1"], "account/1", ["account"], ["account", ""], [{}, "1"], ["x".repeat(65), "1"]];
  const addresses = new AddressTable(raw, true);
  const whole = [1, 0, 5, "x", [], 0, -1, null, 0, [], null];
  expect(readMessage(whole, addresses)).toBeTruthy();
  expect(() => readMessage(Object.assign([...whole], change), addresses)).toThrow(AetherError);
});

it.each([
  ["null", null],
  ["no number", []],
  ["no kind", [1, 9]],
  ["a rejection without code", [1, 2]],
  ["an error that is text", [1, 1, "x"]],
  ["an error without code", [1, 1, [null, "x", 0, {}]]],
  ["a return without reason", [1, 3]],
  ["a return with an odd revision", [1, 3, "x", "9"]],
  ["a return of something that is no message", [1, 3, "x", 9, [], {}]],
  ["a value nested beyond all measure", [1, 0, deep(100_000)]],
])("refuses a reply with %s", (_what, raw) => {
  expect(() => readReply(raw, true)).toThrow(expect.objectContaining({ code: "CLUSTER_BAD_FRAME" }));
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
  expect(decodeBeat(encodeBeat({ node: "a", epoch: 7, revision: 9 }))).toEqual({ node: "a", epoch: 7, revision: 9 });
  expect(decodeBeat(Buffer.from('["a",7]'))).toEqual({ node: "a", epoch: 7, revision: 0 }); // of an older version
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((json) => Buffer.from(json)),
      ),
      (bytes) => {
        const beat = decodeBeat(bytes);
        if (beat === undefined) return;
        expect([typeof beat.node, typeof beat.epoch, typeof beat.revision]).toEqual(["string", "number", "number"]);
      },
    ),
    { numRuns: 2_000 },
  );
});

// Frames that no honest node sends, against a node that runs: mutations of valid ones, and bytes that are none. Whatever
// comes, the node stays up, says by name what is wrong, and serves the others as ever.
import { ActorAddress, AetherError, type ActorSystem, type Envelope, Rejection } from "@aether/actor";
import { createSeededRandom } from "@aether/actor/testing";
import { epochOf, type OpenBackend } from "@aether/cluster";
import {
  encodeFailure,
  encodeFrame,
  encodeMessage,
  encodeReturned,
  encodeSuccess,
  encodeUndelivered,
} from "../src/frame-format.ts";
import { decodeFrame, readMessage, readReply } from "../src/frame-reading.ts";
import { Echo, TestCluster } from "./harness.ts";

export interface FuzzReport {
  readonly seed: number;
  readonly runs: number;
  /** Frames that could be decoded, and messages and replies of them that could be read. */
  readonly frames: number;
  readonly parts: number;
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly slowestMs: number;
}

class Visited extends Echo {
  static override readonly type: string = "echo";
  static readonly maxResident = 100;
}

const raw = (text: string): string => `\u0001${text}\u0002`;
const deepText = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

/** What takes the place of some part of a frame. */
const numbers = [0, 1, 2, -1, 0.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e308, -1e308];
const ids = ["", ".", "a..b", "*", ">", " ", "\r\nPUB x 0\r\n", "\0", "é", "e\u0301", "$JS.API.x", "x".repeat(256)];
const names = "__proto__ constructor toString then say heard onStart echo not-owner behind".split(" ");
const shapes = [null, true, false, [], {}, [[]], ["a", 1], ["x", 1], ["echo", "__proto__"], ["constructor", "1"]];
const texts = ['"\\ud800"', "1e999", "-1e999", "-0", '{"__proto__":{"polluted":1}}', '{"a":1,"a":2}', '{"then":1}'];
const moreTexts = [
  '{"constructor":{"prototype":{"polluted":1}}}',
  "9".repeat(400),
  '"\\u0000"',
  "[[[[[[1]]]]]]",
  "\ud800",
];
const odd: readonly unknown[] = [...numbers, ...ids, ...names, ...shapes, "x".repeat(5_000)].concat(
  [...texts, ...moreTexts].map(raw),
);

const to = new ActorAddress("echo", "1");

function envelopeOf(rest: Partial<Envelope>): Envelope {
  const plain = { to, command: "say", args: ["hi"], deadline: 1_000, reply: undefined, sender: undefined };
  return { ...plain, commandId: undefined, answeredBelow: 0, chain: [], headers: undefined, next: undefined, ...rest };
}

const reply = { wantsReply: true, isSettled: false, succeed() {}, fail() {}, undelivered() {} };
const envelopes: readonly Envelope[] = [
  envelopeOf({}),
  envelopeOf({ reply }),
  envelopeOf({ reply, commandId: "c-1", answeredBelow: 3, args: [{ deep: [1, "ü", null] }, 2] }),
  envelopeOf({
    sender: new ActorAddress("echo", "2"),
    chain: ["echo/2"],
    headers: { a: "b" },
    to: new ActorAddress("echo", "3"),
  }),
];
const replies: readonly string[] = [
  encodeSuccess(1, { a: [1] }),
  encodeSuccess(2, undefined),
  encodeFailure(3, new Rejection("no", { why: "x" })),
  encodeFailure(4, new AetherError("SOME_CODE", "what", { data: { a: 1 } })),
  encodeUndelivered(5, { reason: "not-owner", revision: 1 }),
  encodeUndelivered(6, { reason: "not-owner", revision: 1 }, encodeReturned(envelopeOf({}), 6, 0)),
];

/** Draws frames; the same for the same seed. */
class Frames {
  readonly #random: () => number;
  #line = 0;

  constructor(seed: number) {
    const random = createSeededRandom(seed);
    this.#random = () => random.next();
  }

  next(): Uint8Array {
    const kind = this.#random();
    if (kind < 0.05) return Buffer.from(Array.from({ length: this.#below(300) }, () => this.#below(256)));
    const bytes = this.#structured();
    return kind < 0.75 ? bytes : this.#damaged(bytes);
  }

  #structured(): Uint8Array {
    const frame = JSON.parse(Buffer.from(this.#valid()).toString()) as unknown[];
    for (let i = 1 + this.#below(3); i > 0; i--) this.#mutate(frame);
    const text = JSON.stringify(frame);
    return Buffer.from(text.replaceAll(/"\\u0001(.*?)\\u0002"/g, (_all, quoted: string) => JSON.parse(`"${quoted}"`)));
  }

  /** Each on a line of its own, so that none is dropped for its number. */
  #valid(): Uint8Array {
    const some = <T>(all: readonly T[]): T[] => all.filter(() => this.#random() < 0.4);
    const messages = some(envelopes).map((envelope, n) => ({ n, envelope, text: encodeMessage(envelope) }));
    const place = { line: ++this.#line, n: 1, weight: this.#below(5_000), isBare: this.#random() < 0.1 };
    const ack = {
      line: this.#below(3),
      heard: this.#below(3),
      handled: this.#below(900),
      isMissing: this.#random() < 0.2,
    };
    const rest = {
      isAsking: this.#random() < 0.2,
      dropped: some([1, 2, 3]),
      replies: some(replies).map((text) => ({ text })),
    };
    return encodeFrame({ from: { node: "x", epoch: 1 }, revision: 1 }, { place, ack, messages, ...rest }, 0);
  }

  /** Goes down a random way, and changes what is there. */
  #mutate(frame: unknown[]): void {
    let at: unknown = frame;
    for (;;) {
      const keys = Object.keys(at as object);
      const isDeeper = at === frame && this.#random() < 0.7; // what a frame is must mostly hold, or nothing else is looked at
      const key = isDeeper ? String(6 + this.#below(3)) : keys[this.#below(keys.length)];
      if (key === undefined) return;
      const holder = at as Record<string, unknown>;
      const next = holder[key];
      if (typeof next === "object" && next !== null && this.#random() < 0.75) at = next;
      else return this.#change(holder, key);
    }
  }

  #change(holder: Record<string, unknown>, key: string): void {
    const how = this.#random();
    if (how < 0.1 && Array.isArray(holder)) holder.splice(Number(key), 1 + this.#below(3));
    else if (how < 0.2 && Array.isArray(holder)) holder.push(...Array.from({ length: 5 }, () => holder[key]));
    else if (how < 0.202) holder[key] = raw(deepText);
    else holder[key] = structuredClone(odd[this.#below(odd.length)]);
  }

  #damaged(bytes: Uint8Array): Uint8Array {
    const copy = Uint8Array.from(bytes);
    for (let i = 1 + this.#below(4); i > 0; i--) copy[this.#below(copy.length)] = this.#below(256);
    return this.#random() < 0.2 ? copy.subarray(0, this.#below(copy.length)) : copy;
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }
}

/** @throws what a node must never throw, or what it must never let happen */
export async function fuzz(runs: number, seed: number): Promise<FuzzReport> {
  await using all = new TestCluster();
  const a = await all.start("a", { actors: [Visited] });
  const client = await all.start("b", { actors: [] });
  const send = await intrude(all);
  const frames = new Frames(seed);
  const count: Count = { frames: 0, parts: 0, refused: {} };
  let slowestMs = 0;
  for (let run = 1; run <= runs; run++) {
    const bytes = frames.next();
    const from = performance.now();
    readAll(bytes, count);
    send(bytes);
    if (run % 50 === 0) await all.time.settle();
    if (run % 1_000 === 0 || run === runs) await inspect(all, a, client);
    slowestMs = Math.max(slowestMs, performance.now() - from);
  }
  return { seed, runs, ...count, slowestMs };
}

async function intrude(all: TestCluster): Promise<(frame: Uint8Array) => void> {
  const { scheduler } = all.time;
  const intruder: OpenBackend = await all.backend.open({
    systemName: "t",
    node: "x",
    problem: () => {},
    later: (task) => scheduler.microtask(task),
    after: (ms, task) => void scheduler.after(ms, task),
  });
  const entry = await intruder.table.read("a");
  const epoch = entry === undefined ? 0 : epochOf(entry);
  const peer = intruder.transport.connect({ node: "a", epoch }, { nobodyListens: () => {}, alive: () => {} });
  return (frame) => void (frame.length <= intruder.transport.maxFrameBytes && peer.send(frame, 1));
}

interface Count {
  frames: number;
  parts: number;
  readonly refused: Record<string, number>;
}

function readAll(bytes: Uint8Array, count: Count): void {
  const read = (part: () => unknown): void => {
    try {
      part();
      count.parts++;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== "CLUSTER_BAD_FRAME" && code !== "ACTOR_INVALID_ID") throw error;
      count.refused[code] = (count.refused[code] ?? 0) + 1;
    }
  };
  read(() => {
    const { messages, replies: answers, addresses } = decodeFrame(bytes);
    count.frames++;
    for (const wire of messages) read(() => readMessage(wire, addresses));
    for (const wire of answers) read(() => readReply(wire, addresses.isSuspect));
  });
}

/** An honest node is served, one actor that nobody named is untouched, all problems have names, no prototype has changed. */
async function inspect(all: TestCluster, a: ActorSystem, client: ActorSystem): Promise<void> {
  await all.time.advance(1_100);
  const innocent = client.ref(Visited, "innocent");
  const heard = await all.within(innocent.ask.heard());
  if (JSON.stringify(heard) !== "[]")
    throw new Error(`somebody spoke to an actor that was not named: ${String(heard)}`);
  if (Object.keys(Object.prototype).length + Object.keys(Array.prototype).length > 0)
    throw new Error("prototypes changed");
  if (Reflect.get({}, "polluted") !== undefined) throw new Error("prototypes were polluted");
  for (const event of all.events.get("a") ?? []) {
    if (event.type === "cluster-problem" && !(event.error instanceof AetherError)) throw event.error;
    if (event.type === "incarnation-lost" || event.type === "node-lost-place") throw new Error(`${event.type} at a`);
  }
  for (const events of all.events.values()) events.length = 0;
  a.deadLetters.discard();
}

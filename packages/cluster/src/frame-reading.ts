// What came from another node, read with mistrust: nothing is used before its shape is known, and whatever is wrong is a
// `BadFrame`. What a message says of itself (its number, whether it asks) is read apart, so that the asker can be told.
import { ActorAddress, AetherError, Rejection } from "@aether/actor";
import { isUtf8 } from "node:buffer";
import { BadFrame } from "./errors.ts";
import { type Acknowledgement, type FrameHeader, type FramePlace, protocol, replyKind } from "./frame-format.ts";
import { isNodeId } from "./node-id.ts";

export interface Frame extends FrameHeader {
  readonly place: FramePlace;
  readonly ack: Acknowledgement;
  readonly isAsking: boolean;
  readonly addresses: AddressTable;
  /** For `readMessage`. */
  readonly messages: readonly unknown[];
  /** For `readReply`. */
  readonly replies: readonly unknown[];
  readonly dropped: readonly number[];
  readonly bytes: number;
}

/** A message as it came: `args` are still to be handed to a turn. */
export interface ReceivedMessage {
  /** The sender's number for the answer. */
  readonly n: number;
  readonly isAsk: boolean;
  readonly to: ActorAddress;
  readonly command: string;
  readonly args: readonly unknown[];
  readonly remainingMs: number;
  readonly sender: ActorAddress | undefined;
  readonly commandId: string | undefined;
  readonly answeredBelow: number;
  readonly chain: readonly string[];
  readonly headers: Readonly<Record<string, string>> | undefined;
}

export type ReceivedReply =
  | { readonly type: "value"; readonly n: number; readonly value: unknown }
  | { readonly type: "failure"; readonly n: number; readonly error: Error }
  | Returned;

export interface Returned {
  readonly type: "undelivered";
  readonly n: number;
  readonly reason: string;
  readonly revision: number | undefined;
  /** A tell that comes back. */
  readonly message: ReceivedMessage | undefined;
}

/** What the kernel's codec writes is no deeper; deeper text can be parsed, but not written again. */
const maxDepth = 66;
const maxCommandIdLength = 256;
const maxTypeLength = 64;
const noChain: readonly string[] = Object.freeze([]);

/** @throws BadFrame (`CLUSTER_BAD_FRAME`) saying what is wrong */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (!isUtf8(bytes)) throw new BadFrame("it is no UTF-8");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const raw = parse(text);
  if (!Array.isArray(raw)) throw new BadFrame(`it is no list${foreign(raw)}`);
  if (raw[0] !== protocol) throw new BadFrame(`its protocol is ${shown(raw[0])}, not ${protocol}`);
  return checkFrame(raw, text, bytes.length);
}

/** By index: taking a list apart is slower where it was not done a moment ago. */
function checkFrame(raw: readonly unknown[], text: string, bytes: number): Frame {
  const from = raw[1];
  const revision = raw[2];
  const place = raw[3];
  const ack = raw[4];
  const addresses = raw[6];
  const messages = raw[7];
  const replies = raw[8];
  const dropped = raw[9];
  if (!Array.isArray(from) || !isNodeId(from[0]) || !isCount(from[1])) throw new BadFrame("it has no sender");
  if (!isCount(revision)) throw new BadFrame("it has no revision");
  if (!isCounts(place, 3) || !isCounts(ack, 3)) throw new BadFrame("it has no place on its line");
  if (!Array.isArray(addresses) || !Array.isArray(messages) || !Array.isArray(replies) || !isCounts(dropped, 0)) {
    throw new BadFrame("addresses, messages, replies or dropped asks are missing");
  }
  // Where there is no escape and no such key, no string of it can hold what the codec refuses.
  const isSuspect = text.includes("\\u") || text.includes("__proto__");
  return {
    from: { node: from[0], epoch: from[1] },
    revision,
    place: { line: place[0] as number, n: place[1] as number, weight: place[2] as number, isBare: place[3] === 1 },
    ack: { line: ack[0] as number, heard: ack[1] as number, handled: ack[2] as number, isMissing: ack[3] === 1 },
    isAsking: raw[5] === 1,
    addresses: new AddressTable(addresses, isSuspect),
    messages,
    replies,
    dropped,
    bytes,
  };
}

/** The addresses of one frame, each checked when a message names it first. */
export class AddressTable {
  readonly isSuspect: boolean;
  readonly #raw: readonly unknown[];
  readonly #read: ActorAddress[] = [];

  constructor(raw: readonly unknown[], isSuspect: boolean) {
    this.#raw = raw;
    this.isSuspect = isSuspect;
  }

  /** The same object for the same index. @throws BadFrame, InvalidActorId (`ACTOR_INVALID_ID`) */
  at(index: unknown): ActorAddress {
    if (!isCount(index) || index >= this.#raw.length) throw new BadFrame("a message names no address of its frame");
    return (this.#read[index] ??= readAddress(this.#raw[index]));
  }
}

/** @throws BadFrame (`CLUSTER_BAD_FRAME`) or InvalidActorId (`ACTOR_INVALID_ID`) */
export function readMessage(wire: unknown, addresses: AddressTable): ReceivedMessage {
  if (!Array.isArray(wire) || !isCount(wire[0])) throw new BadFrame("a message has no number");
  const n = wire[0];
  const remainingMs: unknown = wire[2];
  const command: unknown = wire[3];
  const args: unknown = wire[4];
  if (typeof command !== "string" || !Array.isArray(args)) throw new BadFrame("a message lacks command or arguments");
  if (typeof remainingMs !== "number" || !Number.isFinite(remainingMs) || remainingMs < 0) {
    throw new BadFrame("a message has no remaining time");
  }
  checkValue(args, addresses.isSuspect, "arguments");
  const isAsk = wire[5] === 1;
  const to = addresses.at(wire[1]);
  const { sender, commandId, answeredBelow, chain, headers } =
    wire.length <= 5 ? noExtras : readExtras(wire, addresses);
  return { n, isAsk, to, command, args, remainingMs, sender, commandId, answeredBelow, chain, headers };
}

type Extras = Pick<ReceivedMessage, "sender" | "commandId" | "answeredBelow" | "chain" | "headers">;

const noExtras: Extras = {
  sender: undefined,
  commandId: undefined,
  answeredBelow: 0,
  chain: noChain,
  headers: undefined,
};

function readExtras(wire: readonly unknown[], addresses: AddressTable): Extras {
  const from = wire[6] ?? -1;
  const id = wire[7] ?? null;
  const below = wire[8] ?? 0;
  const chain = wire[9] ?? noChain;
  const headers = wire[10] ?? null;
  if (id !== null && !isCommandId(id)) throw new BadFrame("a command id is no text, or too long");
  if (!isCount(below)) throw new BadFrame("the number of answered commands is no number");
  if (!Array.isArray(chain) || !chain.every(isText)) throw new BadFrame("a chain is no list of addresses");
  if (headers !== null && !isTexts(headers)) throw new BadFrame("headers are no texts");
  return {
    sender: from === -1 ? undefined : addresses.at(from),
    commandId: id ?? undefined,
    answeredBelow: below,
    chain,
    headers: headers ?? undefined,
  };
}

/** @throws BadFrame (`CLUSTER_BAD_FRAME`) or InvalidActorId (`ACTOR_INVALID_ID`) */
export function readReply(raw: unknown, isSuspect: boolean): ReceivedReply {
  if (!Array.isArray(raw) || !isCount(raw[0])) throw new BadFrame("a reply has no number");
  const n = raw[0];
  if (raw.length === 1) return { type: "value", n, value: undefined };
  checkValue(raw, isSuspect, "a reply");
  switch (raw[1]) {
    case replyKind.value:
      return { type: "value", n, value: raw[2] as unknown };
    case replyKind.error:
      return { type: "failure", n, error: readError(raw[2]) };
    case replyKind.rejection:
      return { type: "failure", n, error: readRejection(raw[2]) };
    case replyKind.undelivered:
      return readReturned(n, raw.slice(2), isSuspect);
    default:
      throw new BadFrame("a reply is of no kind");
  }
}

/** The number of whatever has one. */
export function numberOf(raw: unknown): number | undefined {
  return Array.isArray(raw) && isCount(raw[0]) ? raw[0] : undefined;
}

/** Whether what may be no message at all waits for an answer. */
export function isAsking(raw: unknown): boolean {
  return Array.isArray(raw) && raw[5] === 1;
}

function readError(raw: unknown): Error {
  const [code, message, isRetryable, data] = Array.isArray(raw) ? (raw as unknown[]) : [];
  if (!isText(code) || !isText(message) || !isObject(data)) throw new BadFrame("an error has no code or message");
  return new AetherError(code, message, { retryable: isRetryable === 1, data });
}

function readRejection(raw: unknown): Error {
  if (!Array.isArray(raw) || !isText(raw[0])) throw new BadFrame("a rejection has no code");
  return new Rejection(raw[0], raw[1] as unknown);
}

function readReturned(n: number, [reason, revision, addresses, message]: unknown[], isSuspect: boolean): Returned {
  if (!isText(reason) || !isCount(revision)) throw new BadFrame("a return has no reason or no revision");
  if (message === undefined) return { type: "undelivered", n, reason, revision, message };
  if (!Array.isArray(addresses)) throw new BadFrame("a message that returns has no addresses");
  const returned = readMessage(message, new AddressTable(addresses, isSuspect));
  return { type: "undelivered", n, reason, revision, message: returned };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadFrame((error as Error).message);
  }
}

/** The first protocol had objects. */
function foreign(raw: unknown): string {
  return isObject(raw) && "protocol" in raw ? `; its protocol is ${shown(raw["protocol"])}, not ${protocol}` : "";
}

function shown(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? String(value).slice(0, 40) : "odd";
}

function readAddress(raw: unknown): ActorAddress {
  if (!Array.isArray(raw) || !isText(raw[0]) || raw[0].length > maxTypeLength) {
    throw new BadFrame("an address is no pair of type and id");
  }
  return new ActorAddress(raw[0], raw[1] as string);
}

/** @throws BadFrame for what the codec never writes; the depth first, since nothing else may follow it down */
function checkValue(value: readonly unknown[], isSuspect: boolean, what: string): void {
  const problem = problemOf(value, isSuspect, maxDepth);
  if (problem !== undefined) throw new BadFrame(`${what} hold ${problem}`);
}

function problemOf(value: unknown, isSuspect: boolean, depth: number): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : "a number beyond all measure";
  if (typeof value === "string") return isSuspect && !value.isWellFormed() ? "half of a surrogate pair" : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === 0) return `nesting deeper than ${maxDepth}`;
  if (!Array.isArray(value)) return problemOfMembers(value as Raw, isSuspect, depth);
  for (let i = 0; i < value.length; i++) {
    const problem = problemOf(value[i], isSuspect, depth - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOfMembers(value: Raw, isSuspect: boolean, depth: number): string | undefined {
  for (const key in value) {
    if (isSuspect && (key === "__proto__" || !key.isWellFormed())) return "a key that is refused";
    const problem = problemOf(value[key], isSuspect, depth - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

type Raw = Readonly<Record<string, unknown>>;

function isCommandId(id: unknown): id is string {
  return isText(id) && id !== "" && id.length <= maxCommandIdLength && id.isWellFormed();
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && !Object.hasOwn(value, "__proto__") && Object.values(value).every(isText);
}

function isObject(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCounts(value: unknown, atLeast: number): value is number[] {
  if (!Array.isArray(value) || value.length < atLeast) return false;
  for (let i = 0; i < value.length; i++) if (!isCount(value[i])) return false;
  return true;
}

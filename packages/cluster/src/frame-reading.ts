// What came from another node, read with mistrust: nothing is used before its shape is known, and whatever is wrong is a
// `BadFrame`. What a message says of itself (its number, whether it asks) is read apart, so that the asker can be told.
import { ActorAddress, AetherError, Rejection } from "@aether/actor";
import { BadFrame } from "./errors.ts";
import {
  type Frame,
  protocol,
  type ReceivedError,
  type ReceivedMessage,
  type ReceivedReply,
  type WireMessage,
} from "./frame-format.ts";
import { isNodeId } from "./node-id.ts";

/** What the kernel's codec writes is no deeper; deeper text can be parsed, but not written again. */
const maxDepth = 66;
const maxCommandIdLength = 256;

type Raw = Readonly<Record<string, unknown>>;

/** @throws BadFrame (`CLUSTER_BAD_FRAME`) saying what is wrong */
export function decodeFrame(bytes: Uint8Array): Frame {
  const raw = parse(bytes);
  if (!isObject(raw)) throw new BadFrame("it is no object");
  const { from, revision, messages, replies, dropped = [] } = raw;
  if (raw["protocol"] !== protocol) {
    throw new BadFrame(`its protocol is ${JSON.stringify(raw["protocol"] ?? null).slice(0, 40)}, not ${protocol}`);
  }
  if (!Array.isArray(from) || !isNodeId(from[0]) || !isCount(from[1])) throw new BadFrame("it has no sender");
  if (!isCount(revision)) throw new BadFrame("it has no revision");
  if (!Array.isArray(messages) || !Array.isArray(replies) || !Array.isArray(dropped) || !dropped.every(isCount)) {
    throw new BadFrame("messages, replies or dropped asks are missing");
  }
  return {
    from: { node: from[0], epoch: from[1] },
    revision,
    messages,
    replies,
    dropped,
    again: raw["again"] === true,
  };
}

/** @throws BadFrame (`CLUSTER_BAD_FRAME`) or InvalidActorId (`ACTOR_INVALID_ID`) */
export function readMessage(wire: unknown): ReceivedMessage {
  if (!isObject(wire) || !isCount(wire["n"])) throw new BadFrame("a message has no number");
  const { n, to, command, args, left, sender, id, below = 0, chain = [], headers } = wire;
  if (typeof command !== "string" || !Array.isArray(args)) throw new BadFrame("a message lacks command or arguments");
  if (!Number.isFinite(left) || (left as number) < 0) throw new BadFrame("a message has no remaining time");
  if (isTooDeep(args, maxDepth)) throw new BadFrame(`arguments are nested deeper than ${maxDepth}`);
  if (id !== undefined && !isCommandId(id)) throw new BadFrame("a command id is no text, or too long");
  if (!isCount(below)) throw new BadFrame("the number of answered commands is no number");
  if (!Array.isArray(chain) || !chain.every(isText)) throw new BadFrame("a chain is no list of addresses");
  if (headers !== undefined && !isTexts(headers)) throw new BadFrame("headers are no texts");
  return {
    n,
    isAsk: wire["ask"] === true,
    to: readAddress(to),
    command,
    args,
    remainingMs: left as number,
    sender: sender === undefined ? undefined : readAddress(sender),
    commandId: id,
    answeredBelow: below,
    chain,
    headers,
  };
}

/** @throws BadFrame (`CLUSTER_BAD_FRAME`) */
export function readReply(raw: unknown): ReceivedReply {
  if (!isObject(raw) || !isCount(raw["n"])) throw new BadFrame("a reply has no number");
  const { ok, error, rejection, undelivered } = raw;
  if (isTooDeep(ok, maxDepth)) throw new BadFrame(`a reply is nested deeper than ${maxDepth}`);
  if (rejection !== undefined && !(isObject(rejection) && isText(rejection["code"]))) {
    throw new BadFrame("a rejection has no code");
  }
  if (error !== undefined && !isError(error)) throw new BadFrame("an error has no code or message");
  if (undelivered !== undefined && !isUndelivered(undelivered)) throw new BadFrame("a return has no reason");
  return raw as unknown as ReceivedReply;
}

/** The error that a reply carries. */
export function readError({ rejection, error }: ReceivedReply): Error | undefined {
  if (rejection !== undefined) return new Rejection(rejection.code, rejection.data);
  if (error === undefined) return undefined;
  const { code, message, retryable, data } = error;
  return new AetherError(code, message, { retryable, data });
}

/** The number of whatever has one. */
export function numberOf(raw: unknown): number | undefined {
  return isObject(raw) && isCount(raw["n"]) ? raw["n"] : undefined;
}

/** The same message, for one who gets it back: with what is left of its time. */
export function encodeReturned(wire: unknown, remainingMs: number): string {
  return JSON.stringify({ ...(wire as WireMessage), left: Math.max(0, Math.floor(remainingMs)) });
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch (error) {
    throw new BadFrame((error as Error).message);
  }
}

function readAddress(address: unknown): ActorAddress {
  if (!Array.isArray(address) || !isText(address[0])) throw new BadFrame("an address is no pair of type and id");
  return new ActorAddress(address[0], address[1] as string);
}

function isError(error: unknown): error is ReceivedError {
  if (!isObject(error)) return false;
  const { code, message, retryable, data } = error;
  return isText(code) && isText(message) && typeof retryable === "boolean" && isObject(data);
}

function isUndelivered(value: unknown): boolean {
  return isObject(value) && isText(value["reason"]) && (value["revision"] === undefined || isCount(value["revision"]));
}

function isCommandId(id: unknown): id is string {
  return isText(id) && id !== "" && id.length <= maxCommandIdLength;
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every(isText);
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

function isTooDeep(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isTooDeep(member, depth - 1));
}

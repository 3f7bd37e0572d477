// What travels between nodes: frames of JSON text, each with the messages and replies that were ready together. Values
// that were encoded at a gate go in as they are; nothing in a frame is decoded before its shape has been checked.
import { ActorAddress, AetherError, EncodedValue, encode, type Envelope, isAsk, Rejection } from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import { BadFrame } from "./errors.ts";

export const protocol = 1;

export interface FrameHeader {
  readonly from: NodeAddress;
  /** The revision of the sender's view. */
  readonly revision: number;
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

export interface ReceivedReply {
  readonly n: number;
  readonly ok?: unknown;
  readonly error?: ReceivedError;
  readonly rejection?: { readonly code: string; readonly data?: unknown };
  readonly undelivered?: { readonly reason: string; readonly revision?: number };
  /** A tell that comes back undelivered, as it was sent. */
  readonly message?: WireMessage;
}

export interface ReceivedError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Frame extends FrameHeader {
  readonly messages: readonly WireMessage[];
  readonly replies: readonly ReceivedReply[];
}

type WireAddress = readonly [type: string, id: string];

export interface WireMessage {
  readonly n: number;
  readonly ask?: boolean;
  readonly to: WireAddress;
  readonly command: string;
  readonly args: readonly unknown[];
  readonly left: number;
  readonly sender?: WireAddress;
  readonly id?: string;
  readonly below?: number;
  readonly chain?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

export function encodeFrame(header: FrameHeader, messages: readonly string[], replies: readonly string[]): Uint8Array {
  const { from, revision } = header;
  const head = `"protocol":${protocol},"from":${JSON.stringify([from.node, from.epoch])},"revision":${revision}`;
  return Buffer.from(`{${head},"messages":[${messages.join(",")}],"replies":[${replies.join(",")}]}`);
}

/** The arguments as text; made when the message is sent, so that it may wait. @throws TypeError naming what JSON would change */
export function encodeArguments(envelope: Envelope): string {
  const { args, command } = envelope;
  return args instanceof EncodedValue ? args.json : encode(args, `arguments of "${command}"`);
}

export function encodeMessage(envelope: Envelope, n: number, rest: { args: string; remainingMs: number }): string {
  const { to, command, sender, commandId, answeredBelow, chain, headers } = envelope;
  const members = [`"n":${n},"to":${JSON.stringify([to.type, to.id])},"command":${JSON.stringify(command)}`];
  members.push(`"args":${rest.args},"left":${Math.max(0, Math.floor(rest.remainingMs))}`);
  if (isAsk(envelope)) members.push('"ask":true');
  if (sender !== undefined) members.push(`"sender":${JSON.stringify([sender.type, sender.id])}`);
  if (commandId !== undefined) members.push(`"id":${JSON.stringify(commandId)}`);
  if (answeredBelow > 0) members.push(`"below":${answeredBelow}`);
  if (chain.length > 0) members.push(`"chain":${JSON.stringify(chain)}`);
  if (headers !== undefined) members.push(`"headers":${JSON.stringify(headers)}`);
  return `{${members.join(",")}}`;
}

/** @throws TypeError when the value would not survive the journey */
export function encodeSuccess(n: number, value: unknown): string {
  if (value === undefined) return `{"n":${n}}`;
  return `{"n":${n},"ok":${value instanceof EncodedValue ? value.json : encode(value, "a reply")}}`;
}

/** Errors cross as code, message and data; what is no error of the runtime does not get this far. */
export function encodeFailure(n: number, error: Error): string {
  if (error instanceof Rejection)
    return `{"n":${n},"rejection":${JSON.stringify({ code: error.code, data: error.data })}}`;
  const known = error instanceof AetherError ? error : undefined;
  const code = known?.code ?? "ACTOR_FAILED";
  const data = known?.data ?? {};
  return `{"n":${n},"error":${JSON.stringify({ code, message: error.message, retryable: known?.retryable ?? false, data })}}`;
}

export function encodeUndelivered(n: number, why: { reason: string; revision: number }, message?: string): string {
  const back = message === undefined ? "" : `,"message":${message}`;
  return `{"n":${n},"undelivered":${JSON.stringify(why)}${back}}`;
}

/** @throws BadFrame (`CLUSTER_BAD_FRAME`) saying what is wrong */
export function decodeFrame(bytes: Uint8Array): Frame {
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as Record<
      string,
      unknown
    >;
  } catch (error) {
    throw new BadFrame((error as Error).message);
  }
  if (raw["protocol"] !== protocol)
    throw new BadFrame(`its protocol is ${JSON.stringify(raw["protocol"])}, not ${protocol}`);
  const { from, revision, messages, replies } = raw;
  if (!Array.isArray(from) || typeof from[0] !== "string" || typeof from[1] !== "number")
    throw new BadFrame("it has no sender");
  if (typeof revision !== "number" || !Array.isArray(messages) || !Array.isArray(replies)) {
    throw new BadFrame("revision, messages or replies are missing");
  }
  return {
    from: { node: from[0], epoch: from[1] },
    revision,
    messages: messages as WireMessage[],
    replies: replies as ReceivedReply[],
  };
}

/** @throws BadFrame (`CLUSTER_BAD_FRAME`) or InvalidActorId (`ACTOR_INVALID_ID`) */
export function readMessage(wire: WireMessage): ReceivedMessage {
  const { n, to, command, args, left, sender } = wire;
  if (typeof n !== "number" || typeof command !== "string" || !Array.isArray(args) || typeof left !== "number") {
    throw new BadFrame("a message lacks its number, command, arguments or time");
  }
  return {
    n,
    isAsk: wire.ask === true,
    to: readAddress(to),
    command,
    args,
    remainingMs: left,
    sender: sender === undefined ? undefined : readAddress(sender),
    commandId: typeof wire.id === "string" ? wire.id : undefined,
    answeredBelow: typeof wire.below === "number" ? wire.below : 0,
    chain: Array.isArray(wire.chain) ? wire.chain : [],
    headers: wire.headers,
  };
}

function readAddress(address: WireAddress): ActorAddress {
  if (!Array.isArray(address) || typeof address[0] !== "string")
    throw new BadFrame("an address is no pair of type and id");
  return new ActorAddress(address[0], address[1]);
}

export function readError(reply: ReceivedReply): Error | undefined {
  if (reply.rejection !== undefined) return new Rejection(reply.rejection.code, reply.rejection.data);
  if (reply.error === undefined) return undefined;
  const { code, message, retryable, data } = reply.error;
  return new AetherError(code, message, { retryable, data });
}

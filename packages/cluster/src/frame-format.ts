// What travels between nodes: frames of JSON text, each with the messages and replies that were ready together. Values
// that were encoded at a gate go in as they are; nothing in a frame is decoded before its shape has been checked.
import {
  type ActorAddress,
  AetherError,
  argumentsOf,
  EncodedValue,
  encode,
  encodeArguments,
  type Envelope,
  isAsk,
  Rejection,
} from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";

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
  /** For `readMessage`. */
  readonly messages: readonly unknown[];
  /** For `readReply`. */
  readonly replies: readonly unknown[];
  /** Asks of the sender that it no longer waits for. */
  readonly dropped: readonly number[];
  /** What the receiver has sent may be lost: it should send again what can be sent twice. */
  readonly again: boolean;
}

/** What goes into one frame, as the functions below encode it. */
export interface FrameContent {
  readonly messages: readonly string[];
  readonly replies: readonly string[];
  readonly dropped: readonly number[];
  readonly again: boolean;
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

export function encodeFrame({ from, revision }: FrameHeader, content: FrameContent): Uint8Array {
  const { messages, replies, dropped, again } = content;
  const members = [`"protocol":${protocol},"from":${JSON.stringify([from.node, from.epoch])},"revision":${revision}`];
  members.push(`"messages":[${messages.join(",")}],"replies":[${replies.join(",")}]`);
  if (dropped.length > 0) members.push(`"dropped":[${dropped.join(",")}]`);
  if (again) members.push('"again":true');
  return Buffer.from(`{${members.join(",")}}`);
}

/** The arguments as text; made when the message is sent, so that it may wait. @throws TypeError naming what JSON would change */
export function argumentsJson(envelope: Envelope): string {
  const { args, command } = envelope;
  return args instanceof EncodedValue ? args.json : encodeArguments(argumentsOf(envelope), command);
}

/** All of a message but its remaining time, which `withTime` adds when it leaves. */
export function encodeMessage(envelope: Envelope, n: number, args: string): string {
  const { to, command, sender, commandId, answeredBelow, chain, headers } = envelope;
  const members = [`"n":${n},"to":${JSON.stringify([to.type, to.id])},"command":${JSON.stringify(command)}`];
  members.push(`"args":${args}`);
  if (isAsk(envelope)) members.push('"ask":true');
  if (sender !== undefined) members.push(`"sender":${JSON.stringify([sender.address.type, sender.address.id])}`);
  if (commandId !== undefined) members.push(`"id":${JSON.stringify(commandId)}`);
  if (answeredBelow > 0) members.push(`"below":${answeredBelow}`);
  if (chain.length > 0) members.push(`"chain":${JSON.stringify(chain)}`);
  if (headers !== undefined) members.push(`"headers":${JSON.stringify(headers)}`);
  return `{${members.join(",")}`;
}

export function withTime(message: string, remainingMs: number): string {
  return `${message},"left":${Math.max(0, Math.floor(remainingMs))}}`;
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

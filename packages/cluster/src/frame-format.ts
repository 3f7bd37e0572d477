// What travels between nodes: frames of JSON text, each with the messages and replies that were ready together. Lists in
// place of objects keep them short. Values that were encoded at a gate go in as they are.
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

/** Frames of another number are refused. */
export const protocol = 3;

export interface FrameHeader {
  readonly from: NodeAddress;
  /** The revision of the sender's view. */
  readonly revision: number;
}

/** Where a frame belongs on its line. */
export interface FramePlace {
  /** Lines of one sender are numbered; a later one takes the place of the earlier. */
  readonly line: number;
  /** The frame's number, from 1; of a bare frame the last number before it. */
  readonly n: number;
  /** What its messages weigh in the window. */
  readonly weight: number;
  /** Not numbered, so not repeated: an acknowledgement, or a question for one. */
  readonly isBare: boolean;
}

/** What has come of the line in the other direction. */
export interface Acknowledgement {
  readonly line: number;
  /** All frames up to this one. */
  readonly heard: number;
  /** The weight of all messages of the line that were handled. */
  readonly handled: number;
  /** Something behind `heard` was missed: it should be sent again. */
  readonly isMissing: boolean;
}

/** A message as it is kept to be sent. */
export interface OutgoingMessage {
  /** The sender's number for the answer. */
  readonly n: number;
  readonly envelope: Envelope;
  readonly text: MessageText;
}

/** All of a message but its number, its addresses and its remaining time. */
export interface MessageText {
  /** The arguments alone. */
  readonly args: string;
  readonly head: string;
  /** Behind the sender's address; absent where neither is needed. */
  readonly tail: string | undefined;
}

/** What goes into one frame. */
export interface FrameContent {
  readonly place: FramePlace;
  readonly ack: Acknowledgement;
  /** Wants an acknowledgement now. */
  readonly isAsking: boolean;
  readonly messages: readonly OutgoingMessage[];
  /** As the functions below encode them. */
  readonly replies: readonly { readonly text: string }[];
  /** Asks that nobody waits for any more. */
  readonly dropped: readonly number[];
}

/** What a reply is, in its second place. */
export const replyKind = { value: 0, error: 1, rejection: 2, undelivered: 3 } as const;

/** `[protocol, from, revision, place, acknowledgement, isAsking, addresses, messages, replies, dropped]` */
export function encodeFrame({ from, revision }: FrameHeader, content: FrameContent, now: number): Uint8Array {
  const { place, ack, isAsking, messages, replies, dropped } = content;
  const addresses = new AddressList();
  let texts = "";
  for (const message of messages) {
    const text = messageText(message, addresses, now);
    texts = texts === "" ? text : `${texts},${text}`;
  }
  let answers = "";
  for (const { text } of replies) answers = answers === "" ? text : `${answers},${text}`;
  const placeText = `${place.line},${place.n},${place.weight}${place.isBare ? ",1" : ""}`;
  const ackText = `${ack.line},${ack.heard},${ack.handled}${ack.isMissing ? ",1" : ""}`;
  const head = `[${protocol},["${from.node}",${from.epoch}],${revision},[${placeText}],[${ackText}],${isAsking ? 1 : 0}`;
  return Buffer.from(`${head},[${addresses.text}],[${texts}],[${answers}],[${dropped.join()}]]`);
}

/** `[n, to, left, command, args]`, then what most lack: `[…, isAsk, sender, id, below, chain, headers]` */
function messageText({ n, envelope, text }: OutgoingMessage, addresses: AddressList, now: number): string {
  const { head, tail } = text;
  const left = Math.max(0, Math.floor(envelope.deadline - now));
  const start = `[${n},${addresses.indexOf(envelope.to)},${left},${head}`;
  if (tail === undefined) return `${start}]`;
  const sender = senderOf(envelope);
  return `${start},${isAsk(envelope) ? 1 : 0},${sender === undefined ? -1 : addresses.indexOf(sender)}${tail}]`;
}

/** A spawned actor is found on its own node alone. */
export function senderOf({ sender }: Envelope): ActorAddress | undefined {
  return sender === undefined || sender.address.parent !== undefined ? undefined : sender.address;
}

/** The addresses of a frame, each written once as long as it is the same object. */
class AddressList {
  text = "";
  #count = 0;
  #last: ActorAddress | undefined;
  #lastIndex = 0;
  /** Made when there is a second one. */
  #indexes: Map<ActorAddress, number> | undefined;

  indexOf(address: ActorAddress): number {
    return address === this.#last ? this.#lastIndex : this.#find(address);
  }

  #find(address: ActorAddress): number {
    if (this.#last !== undefined) this.#indexes ??= new Map([[this.#last, this.#lastIndex]]);
    const index = this.#indexes?.get(address) ?? this.#add(address);
    this.#last = address;
    this.#lastIndex = index;
    return index;
  }

  #add(address: ActorAddress): number {
    const index = this.#count++;
    this.#indexes?.set(address, index);
    this.text += `${index === 0 ? "" : ","}[${JSON.stringify(address.type)},${JSON.stringify(address.id)}]`;
    return index;
  }
}

/**
 * The message as text; made when it is sent, so that it may wait.
 * @throws TypeError naming what JSON would change
 */
export function encodeMessage(envelope: Envelope): MessageText {
  const { args: given, command, commandId, answeredBelow, chain, headers } = envelope;
  const args = given instanceof EncodedValue ? given.json : encodeArguments(argumentsOf(envelope), command);
  const head = `${commandText(command)},${args}`;
  let tail = "";
  if (headers !== undefined || chain.length > 0) {
    tail = `,${JSON.stringify([commandId ?? null, answeredBelow, chain, headers]).slice(1, -1)}`;
  } else if (commandId !== undefined || answeredBelow > 0) {
    tail = `,${JSON.stringify(commandId ?? null)},${answeredBelow}`;
  }
  const isShort = tail === "" && !isAsk(envelope) && senderOf(envelope) === undefined;
  return { args, head, tail: isShort ? undefined : tail };
}

/** There are as many as classes have methods, or hardly more. */
const commandTexts = new Map<string, string>();
const maxCommandTexts = 10_000;

function commandText(command: string): string {
  const known = commandTexts.get(command);
  if (known !== undefined) return known;
  const text = JSON.stringify(command);
  if (commandTexts.size < maxCommandTexts) commandTexts.set(command, text);
  return text;
}

/** @throws TypeError when the value would not survive the journey */
export function encodeSuccess(n: number, value: unknown): string {
  if (value === undefined) return `[${n}]`;
  return `[${n},${replyKind.value},${value instanceof EncodedValue ? value.json : encode(value, "a reply")}]`;
}

/** Errors cross as code, message and data; what is no error of the runtime does not get this far. */
export function encodeFailure(n: number, error: Error): string {
  if (error instanceof Rejection) {
    const parts = error.data === undefined ? [error.code] : [error.code, error.data];
    return `[${n},${replyKind.rejection},${JSON.stringify(parts)}]`;
  }
  const known = error instanceof AetherError ? error : undefined;
  const code = known?.code ?? "ACTOR_FAILED";
  const isRetryable = known?.retryable === true ? 1 : 0;
  return `[${n},${replyKind.error},${JSON.stringify([code, error.message, isRetryable, known?.data ?? {}])}]`;
}

/** @param returned a tell that goes back as a frame would have it: its addresses, and the message */
export function encodeUndelivered(n: number, why: { reason: string; revision: number }, returned?: string): string {
  const back = returned === undefined ? "" : `,${returned}`;
  return `[${n},${replyKind.undelivered},${JSON.stringify(why.reason)},${why.revision}${back}]`;
}

/** A message that came, for one who gets it back. */
export function encodeReturned(envelope: Envelope, n: number, now: number): string {
  const addresses = new AddressList();
  const text = messageText({ n, envelope, text: encodeMessage(envelope) }, addresses, now);
  return `[${addresses.text}],${text}`;
}

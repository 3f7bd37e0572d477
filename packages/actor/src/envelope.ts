// One message with all that travels with it. Every envelope is made by a literal of these fields in this order, so that
// they share one shape.
import type { ActorAddress } from "./address.ts";
import { attach, type EncodedValue } from "./codec.ts";
import type { Undelivered } from "./errors.ts";

export interface Envelope {
  readonly to: ActorAddress;
  readonly command: string;
  /** Encoded where the sender's state could still change before they leave, and where they came from another node. */
  readonly args: readonly unknown[] | EncodedValue;
  /** By this node's monotonic clock; on the wire it is what remains. */
  readonly deadline: number;
  /** Absent for a tell of this node. */
  readonly reply: ReplyTo | undefined;
  readonly sender: ActorAddress | undefined;
  /** What a repeat is recognised by; absent for volatile actors unless the caller chose one. */
  readonly commandId: string | undefined;
  /** In the session that the command id names, all commands below this number are answered. */
  readonly answeredBelow: number;
  /** The actors that wait for this answer, outermost first. */
  readonly chain: readonly string[];
  readonly headers: Headers | undefined;
}

export type Headers = Readonly<Record<string, string>>;

/** Where the outcome of one envelope goes. Exactly one of its methods is called, once. */
export interface ReplyTo {
  /** False for a tell of another node, which only wants to know if it was not delivered. */
  readonly wantsReply: boolean;
  /** Nobody waits any more: do not begin. */
  readonly isSettled: boolean;
  /** @param value a primitive, a value nobody changes any more, or an `EncodedValue` */
  succeed(value: unknown): void;
  fail(error: Error): void;
  /** Certainly not done here. */
  undelivered(envelope: Envelope, why: Undelivered): void;
}

export function isAsk(envelope: Envelope): boolean {
  return envelope.reply?.wantsReply === true;
}

export function argumentsOf(envelope: Envelope): readonly unknown[] {
  return attach(envelope.args) as readonly unknown[];
}

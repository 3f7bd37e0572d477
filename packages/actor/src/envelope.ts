// One message with all that travels with it. There are few shapes of them, each made in one place: tells without extras
// (`PlainTell`), asks of this node (`Ask`, ask.ts), what an actor does by itself (`InnerTurn`), and literals of all fields.
import type { ActorAddress, Addressed } from "./address.ts";
import { EncodedValue } from "./codec.ts";
import type { CommandOwner } from "./command-id.ts";
import type { Undelivered } from "./errors.ts";

/**
 * The arguments of a command: a single one as it is (unless it is a list), several or none as a list, or encoded where the
 * sender's state could still change before they leave, and where they came from another node. `argumentsOf` reads them.
 */
export type Arguments = unknown;

export interface Envelope {
  readonly to: ActorAddress;
  readonly command: string;
  readonly args: Arguments;
  /** By this node's monotonic clock; on the wire it is what remains. */
  readonly deadline: number;
  /** Absent for a tell of this node. */
  readonly reply: ReplyTo | undefined;
  readonly sender: Addressed | undefined;
  /** What a repeat is recognised by; absent for volatile actors unless the caller chose one. */
  readonly commandId: string | undefined;
  /** Whose session the id belongs to, where that is known without reading it. */
  readonly owner?: CommandOwner | undefined;
  /** In the session that the command id names, all commands below this number are answered. */
  readonly answeredBelow: number;
  /** The actors that wait for this answer, outermost first. */
  readonly chain: readonly string[];
  readonly headers: Headers | undefined;
  /** The mailbox's own: the message behind it, `null` for the last one; `undefined` while it is in no mailbox. */
  next: Envelope | null | undefined;
  /** A `PlainTell`, which lacks all that would have to be looked at before its turn. */
  readonly isPlain?: true;
  /** The sender chose how long it is worth being done: a tell whose time is up does not run then. */
  readonly expires?: true;
  /** Where `to` is worked out only when somebody asks: what it is worked out from. */
  readonly place?: Addressed;
}

export type Headers = Readonly<Record<string, string>>;

/** Where the outcome of one envelope goes. The first `succeed` or `fail` counts; `undelivered` may come before, and is none. */
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

/** No actor waits for the answer. */
export const noChain: readonly string[] = Object.freeze([]);

/** Of a tell whose sender chose no time, the deadline says how long its delivery is tried, no more. */
export function mayExpire(envelope: Envelope): boolean {
  return isAsk(envelope) || envelope.expires === true;
}

export function isAsk(envelope: Envelope): boolean {
  return envelope.reply?.wantsReply === true;
}

/** Most commands have one argument, which then needs no list around it. */
export function packArguments(args: readonly unknown[]): Arguments {
  return args.length === 1 ? packArgument(args[0]) : args;
}

export function packArgument(only: unknown): Arguments {
  return typeof only === "object" && (Array.isArray(only) || only instanceof EncodedValue) ? [only] : only;
}

export function unpackArguments(args: Arguments): readonly unknown[] {
  if (args instanceof EncodedValue) return args.decode() as readonly unknown[];
  return Array.isArray(args) ? (args as readonly unknown[]) : [args];
}

export function argumentsOf({ args }: Envelope): readonly unknown[] {
  return unpackArguments(args);
}

/** The same message with its arguments in another form. */
export function withArguments(envelope: Envelope, args: Arguments): Envelope {
  const { to, command, deadline, reply, sender, commandId, answeredBelow, chain, headers } = envelope;
  return { to, command, args, deadline, reply, sender, commandId, answeredBelow, chain, headers, next: undefined };
}

/**
 * A tell without id and headers: by far the most frequent message, so what it lacks takes no room in it. The fields of
 * the objects that are made for each message are declared only: V8 runs the initializers of others as a function apart.
 */
export class PlainTell implements Envelope {
  declare readonly place: Addressed;
  declare readonly command: string;
  declare readonly args: Arguments;
  declare readonly deadline: number;
  declare sender: Addressed | undefined;
  declare next: Envelope | null | undefined;

  constructor(place: Addressed, command: string, args: Arguments, deadline: number) {
    this.place = place;
    this.command = command;
    this.args = args;
    this.deadline = deadline;
    this.sender = undefined;
    this.next = undefined;
  }

  get to(): ActorAddress {
    return this.place.address;
  }

  get isPlain(): true {
    return true;
  }

  get reply(): undefined {
    return undefined;
  }

  get commandId(): undefined {
    return undefined;
  }

  get answeredBelow(): number {
    return 0;
  }

  get chain(): readonly string[] {
    return noChain;
  }

  get headers(): undefined {
    return undefined;
  }
}

/**
 * What an actor does by itself, as a message: its first turn, a timer, the result of work, the end of another actor.
 * It has no sender, no deadline, and belongs to one incarnation: with it, it is over.
 */
export class InnerTurn implements Envelope {
  readonly to: ActorAddress;
  readonly command: string;
  readonly args: Arguments = [];
  readonly deadline: number = Number.POSITIVE_INFINITY;
  readonly reply: undefined = undefined;
  readonly sender: undefined = undefined;
  readonly commandId: undefined = undefined;
  readonly answeredBelow: number = 0;
  chain: readonly string[] = noChain;
  readonly headers: undefined = undefined;
  next: Envelope | null | undefined = undefined;
  /** 0: whichever lives then. */
  readonly incarnation: number;
  /** What the turn does. */
  readonly work: () => unknown;

  /** @param what names the turn in errors and system events, such as `onStart` */
  constructor(to: ActorAddress, incarnation: number, what: string, work: () => unknown) {
    this.to = to;
    this.incarnation = incarnation;
    this.command = what;
    this.work = work;
  }
}

/** Whether somebody sent it: what an actor does by itself is neither answered nor sent again. */
export function isMessage(envelope: Envelope): boolean {
  return !(envelope instanceof InnerTurn);
}

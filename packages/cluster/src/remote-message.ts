// A message of another node as an envelope of this one, and its way back in the same object: the answer goes over the line
// on which it came, and when it is over, handled or not, it no longer counts against the sender's window.
import type { ActorAddress, Envelope, ReplyTo, Undelivered } from "@aether/actor";
import { encodeFailure, encodeReturned, encodeSuccess, encodeUndelivered } from "./frame-format.ts";
import type { ReceivedMessage } from "./frame-reading.ts";
import type { Load } from "./intake.ts";
import type { PeerLink } from "./peer-link.ts";
import type { Caller } from "./waiting-asks.ts";

/** What a message needs of the node that it came to. */
export interface Receiver {
  now(): number;
  /** Of this node's view. */
  revision(): number;
}

export interface Arrival {
  readonly link: PeerLink;
  readonly load: Load;
  readonly receiver: Receiver;
}

/** Its fields are declared only, since V8 runs the initializers of others as a function apart. */
export class RemoteMessage implements Envelope, ReplyTo, Caller {
  declare readonly to: ActorAddress;
  declare readonly command: string;
  declare readonly args: readonly unknown[];
  declare readonly deadline: number;
  declare readonly sender: ActorAddress | undefined;
  declare readonly commandId: string | undefined;
  declare readonly answeredBelow: number;
  declare readonly chain: readonly string[];
  declare readonly headers: Readonly<Record<string, string>> | undefined;
  declare next: Envelope | null | undefined;
  declare readonly wantsReply: boolean;
  declare isSettled: boolean;
  declare private readonly n: number;
  declare private readonly arrival: Arrival;

  constructor(message: ReceivedMessage, deadline: number, arrival: Arrival) {
    this.to = message.to;
    this.command = message.command;
    this.args = message.args;
    this.deadline = deadline;
    this.sender = message.sender;
    this.commandId = message.commandId;
    this.answeredBelow = message.answeredBelow;
    this.chain = message.chain;
    this.headers = message.headers;
    this.wantsReply = message.isAsk;
    this.next = undefined;
    this.isSettled = false;
    this.n = message.n;
    this.arrival = arrival;
  }

  get reply(): ReplyTo {
    return this;
  }

  succeed(value: unknown): void {
    if (!this.#settle() || !this.wantsReply) return;
    const { link } = this.arrival;
    try {
      link.reply(this.n, encodeSuccess(this.n, value));
    } catch (error) {
      link.reply(this.n, encodeFailure(this.n, error as Error));
    }
  }

  fail(error: Error): void {
    if (!this.#settle() || !this.wantsReply) return;
    const { link } = this.arrival;
    try {
      link.reply(this.n, encodeFailure(this.n, error));
    } catch (cause) {
      link.reply(this.n, encodeFailure(this.n, cause as Error));
    }
  }

  undelivered(_envelope: Envelope, why: Undelivered): void {
    this.giveBack(why.reason);
  }

  /** It is not done here. A tell goes back as a whole: nobody keeps it. */
  giveBack(reason: string): void {
    if (!this.#settle()) return;
    const { link, receiver } = this.arrival;
    const returned = this.wantsReply ? undefined : encodeReturned(this, this.n, receiver.now());
    link.reply(this.n, encodeUndelivered(this.n, { reason, revision: receiver.revision() }, returned));
  }

  giveUp(): void {
    this.#settle();
  }

  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.arrival.load.handled();
    return true;
  }
}

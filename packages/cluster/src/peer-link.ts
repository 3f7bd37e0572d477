// This node's line to one start of another node: what is ready together travels in one frame, asks wait here for their
// answers, and a line that is silent with asks outstanding is probed.
import { type Cancel, type Clock, type Envelope, isAsk, type Scheduler } from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import type { Peer, Transport } from "./contracts/transport.ts";
import { MessageTooLarge, NodeGone, Overloaded } from "./errors.ts";
import {
  encodeArguments,
  encodeFrame,
  encodeMessage,
  type FrameHeader,
  type ReceivedReply,
  readError,
} from "./frame-format.ts";

export interface PeerLinkHost {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly transport: Transport;
  /** For the next frame. */
  header(): FrameHeader;
  nobodyListens(to: NodeAddress, lookAgain: () => void): void;
  heard(from: NodeAddress): void;
  /** The receiver certainly did not do it. */
  undelivered(envelope: Envelope, why: { readonly reason: string; readonly revision: number | undefined }): void;
  /** Nobody knows whether the receiver did it, and it can be sent again without harm. */
  sendAgain(envelope: Envelope): void;
  refuse(envelope: Envelope, error: Error): void;
}

interface Queued {
  readonly envelope: Envelope;
  readonly n: number;
  readonly args: string;
}

const maxOutstanding = 16_384;
const probeAfterMs = 100;
const lookEveryMs = 50;
const frameRoom = 1_024;

export class PeerLink {
  readonly to: NodeAddress;
  readonly #host: PeerLinkHost;
  readonly #peer: Peer;
  readonly #outstanding = new Map<number, Envelope>();
  #queue: Queued[] = [];
  #replies: string[] = [];
  #lastN = 0;
  #isFlushDue = false;
  #heardAt: number;
  #stopLooking: Cancel | undefined;

  constructor(host: PeerLinkHost, to: NodeAddress) {
    this.#host = host;
    this.to = to;
    this.#heardAt = host.clock.now();
    this.#peer = host.transport.connect(to, {
      nobodyListens: () => host.nobodyListens(to, () => this.#peer.probe()),
      alive: () => this.heard(),
    });
  }

  /** The node has given a sign of life. */
  heard(): void {
    this.#heardAt = this.#host.clock.now();
    this.#host.heard(this.to);
  }

  send(envelope: Envelope): void {
    if (this.#outstanding.size >= maxOutstanding) {
      return this.#host.refuse(envelope, new Overloaded(this.to.node, this.#outstanding.size));
    }
    try {
      const args = encodeArguments(envelope);
      const { maxFrameBytes } = this.#host.transport;
      const bytes = Buffer.byteLength(args) + frameRoom;
      if (bytes > maxFrameBytes) throw new MessageTooLarge(`"${envelope.command}"`, bytes, maxFrameBytes);
      const n = ++this.#lastN;
      if (isAsk(envelope)) this.#expectAnswer(n, envelope);
      this.#queue.push({ envelope, n, args });
    } catch (error) {
      return this.#host.refuse(envelope, error as Error);
    }
    this.#flushSoon();
  }

  /** @param reply as `frame-format.ts` encodes it */
  reply(reply: string): void {
    this.#replies.push(reply);
    this.#flushSoon();
  }

  /** An answer of the node. */
  answered(reply: ReceivedReply): void {
    const envelope = this.#outstanding.get(reply.n);
    if (envelope === undefined) return;
    this.#outstanding.delete(reply.n);
    const { undelivered } = reply;
    const error = readError(reply);
    if (undelivered !== undefined) {
      this.#host.undelivered(envelope, { reason: undelivered.reason, revision: undelivered.revision });
    } else if (error !== undefined) envelope.reply?.fail(error);
    else envelope.reply?.succeed(reply.ok);
  }

  /** What could not be sent is sent now. */
  reconnected(): void {
    this.#heardAt = this.#host.clock.now();
    this.#flushSoon();
  }

  /** The node is gone. Commands with an id are sent again, to whoever owns their actors now. */
  close(): void {
    this.#stopLooking?.();
    this.#peer.close();
    const unsent = new Set(this.#queue.map(({ envelope }) => envelope));
    const { node } = this.to;
    for (const envelope of this.#outstanding.values()) {
      if (envelope.reply?.isSettled === true || unsent.has(envelope)) continue;
      if (envelope.commandId !== undefined) this.#host.sendAgain(envelope);
      else this.#host.refuse(envelope, new NodeGone(node, envelope.to.toString(), envelope.command));
    }
    for (const envelope of unsent) this.#host.sendAgain(envelope);
  }

  #expectAnswer(n: number, envelope: Envelope): void {
    if (this.#outstanding.size === 0) this.#heardAt = this.#host.clock.now();
    this.#outstanding.set(n, envelope);
    this.#stopLooking ??= this.#host.scheduler.every(lookEveryMs, () => this.#look());
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#host.scheduler.microtask(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  #flush(): void {
    const now = this.#host.clock.now();
    while (this.#queue.length > 0 || this.#replies.length > 0) {
      const frame = this.#nextFrame(now);
      if (!this.#peer.send(encodeFrame(this.#host.header(), frame.messages, frame.replies))) return;
      this.#queue.splice(0, frame.queued);
      this.#replies.splice(0, frame.replies.length);
    }
  }

  /** As much as fits; what nobody waits for any more is left out. */
  #nextFrame(now: number): { messages: string[]; replies: string[]; queued: number } {
    let room = this.#host.transport.maxFrameBytes - frameRoom;
    const messages: string[] = [];
    const replies: string[] = [];
    let queued = 0;
    for (const reply of this.#replies) {
      room -= Buffer.byteLength(reply) + 1;
      if (room < 0 && replies.length > 0) return { messages, replies, queued };
      replies.push(reply);
    }
    for (const { envelope, n, args } of this.#queue) {
      const isWanted = envelope.reply?.isSettled !== true && now < envelope.deadline;
      const message = isWanted ? encodeMessage(envelope, n, { args, remainingMs: envelope.deadline - now }) : "";
      room -= Buffer.byteLength(message) + 1;
      if (room < 0 && messages.length + replies.length > 0) break;
      queued++;
      if (isWanted) messages.push(message);
    }
    return { messages, replies, queued };
  }

  /** Forgets what nobody waits for, and asks for a sign of life where there was none for long. */
  #look(): void {
    for (const [n, envelope] of this.#outstanding) if (envelope.reply?.isSettled === true) this.#outstanding.delete(n);
    if (this.#outstanding.size === 0) {
      this.#stopLooking?.();
      this.#stopLooking = undefined;
    } else if (this.#host.clock.now() - this.#heardAt >= probeAfterMs) this.#peer.probe();
  }
}

// This node's line to one start of another node: what is ready together travels in one frame, asks wait here for their
// answers, and a line that is silent with asks outstanding is probed. A frame that provably met nobody goes back to the
// head of the queue; what may have been lost with a connection is sent again if it is recognised when it comes twice.
import {
  type Cancel,
  type Clock,
  CommandExpired,
  EncodedValue,
  type Envelope,
  isAsk,
  type Scheduler,
  withArguments,
} from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import type { Peer, Transport } from "./contracts/transport.ts";
import { MessageTooLarge, NodeGone, Overloaded } from "./errors.ts";
import {
  argumentsJson,
  encodeFailure,
  encodeFrame,
  encodeMessage,
  type FrameHeader,
  type ReceivedReply,
} from "./frame-format.ts";
import { readError } from "./frame-reading.ts";
import { frameRoom, type Message, Outbox, type OutgoingFrame } from "./outbox.ts";

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

/** An ask of the other node, as long as it has no answer. */
export interface Caller {
  /** Nobody waits any more. */
  giveUp(): void;
}

const maxOutstanding = 16_384;
const probeAfterMs = 100;
const lookEveryMs = 50;
const timeBytes = 32;
/** A message leaves more room than a frame needs, so that it also fits into the answer that returns it. */
const messageRoom = 2 * frameRoom;
/** How long answers wait for a node that has asked but cannot be reached. */
const keepRepliesMs = 10_000;

export class PeerLink {
  readonly to: NodeAddress;
  readonly #host: PeerLinkHost;
  readonly #peer: Peer;
  readonly #outstanding = new Map<number, Message>();
  readonly #callers = new Map<number, Caller>();
  readonly #outbox = new Outbox();
  #lastN = 0;
  #isFlushDue = false;
  /** What was sent last met nobody: nothing more is sent until there is a sign of life. */
  #isBlocked = false;
  /** More was lost than is kept here. */
  #hasLost = false;
  #heardAt: number;
  #stopLooking: Cancel | undefined;

  constructor(host: PeerLinkHost, to: NodeAddress) {
    this.#host = host;
    this.to = to;
    this.#heardAt = host.clock.now();
    this.#peer = host.transport.connect(to, {
      nobodyListens: (n) => this.#onNobody(n),
      alive: () => this.heard(),
    });
  }

  /** The node has given a sign of life. */
  heard(): void {
    this.#heardAt = this.#host.clock.now();
    this.#host.heard(this.to);
    this.#isBlocked = false;
    if (this.#hasLost) this.repeat();
    this.#hasLost = false;
    if (!this.#outbox.isEmpty) this.#flushSoon();
  }

  send(envelope: Envelope): void {
    const waiting = Math.max(this.#outstanding.size, this.#outbox.queue.length);
    if (waiting >= maxOutstanding) return this.#host.refuse(envelope, new Overloaded(this.to.node, waiting));
    let message: Message;
    try {
      message = this.#encode(envelope);
    } catch (error) {
      return this.#host.refuse(envelope, error as Error);
    }
    if (isAsk(envelope)) this.#expectAnswer(message);
    this.#enqueue(message);
  }

  /** An ask of the other node that it may give up. */
  serve(n: number, caller: Caller): void {
    this.#callers.set(n, caller);
  }

  gaveUp(n: number): void {
    this.#callers.get(n)?.giveUp();
    this.#callers.delete(n);
  }

  /** @param reply as `frame-format.ts` encodes it */
  reply(n: number, reply: string): void {
    this.#callers.delete(n);
    const { maxFrameBytes } = this.#host.transport;
    const bytes = Buffer.byteLength(reply) + frameRoom;
    const fits = bytes <= maxFrameBytes;
    this.#outbox.reply(fits ? reply : encodeFailure(n, new MessageTooLarge("The reply", bytes, maxFrameBytes)));
    this.#flushSoon();
  }

  /** An answer of the node. */
  answered(reply: ReceivedReply): void {
    const envelope = this.#outstanding.get(reply.n)?.envelope;
    if (envelope === undefined) return;
    this.#outstanding.delete(reply.n);
    const { undelivered } = reply;
    const error = readError(reply);
    if (undelivered !== undefined) {
      this.#host.undelivered(envelope, { reason: undelivered.reason, revision: undelivered.revision });
    } else if (error !== undefined) envelope.reply?.fail(error);
    else envelope.reply?.succeed(reply.ok);
  }

  /** What could not be sent is sent now; what was sent may be lost, in both directions. */
  reconnected(): void {
    this.#heardAt = this.#host.clock.now();
    this.#isBlocked = false;
    this.#outbox.askAgain();
    this.repeat();
    this.#flushSoon();
  }

  /** Sends once more what has no answer yet and is recognised when it comes twice. */
  repeat(): void {
    for (const message of this.#outstanding.values()) {
      const { envelope, isQueued } = message;
      if (!isQueued && envelope.commandId !== undefined && envelope.reply?.isSettled !== true) this.#enqueue(message);
    }
  }

  /** The node is gone. Commands with an id are sent again, to whoever owns their actors now. */
  close(): void {
    this.#stopLooking?.();
    this.#peer.close();
    const unsent = this.#outbox.queue.filter(({ n }) => !this.#outstanding.has(n));
    for (const { envelope, isQueued } of this.#outstanding.values()) {
      if (envelope.reply?.isSettled === true) continue;
      if (isQueued || envelope.commandId !== undefined) this.#host.sendAgain(envelope);
      else this.#host.refuse(envelope, new NodeGone(this.to.node, envelope.to.toString(), envelope.command));
    }
    for (const { envelope } of unsent) this.#host.sendAgain(envelope);
  }

  /** @throws TypeError for arguments that JSON would change, MessageTooLarge (`CLUSTER_MESSAGE_TOO_LARGE`) */
  #encode(envelope: Envelope): Message {
    const args = argumentsJson(envelope);
    const n = this.#lastN + 1;
    const text = encodeMessage(envelope, n, args);
    const bytes = Buffer.byteLength(text) + timeBytes;
    const { maxFrameBytes } = this.#host.transport;
    if (bytes + messageRoom > maxFrameBytes) {
      throw new MessageTooLarge(`"${envelope.command}"`, bytes + messageRoom, maxFrameBytes);
    }
    this.#lastN = n;
    return { envelope: withArguments(envelope, new EncodedValue(args)), n, text, bytes, isQueued: false };
  }

  #enqueue(message: Message): void {
    this.#outbox.add(message);
    this.#flushSoon();
  }

  #expectAnswer(message: Message): void {
    if (this.#outstanding.size === 0) this.#heardAt = this.#host.clock.now();
    this.#outstanding.set(message.n, message);
    this.#keepLooking();
  }

  #keepLooking(): void {
    this.#stopLooking ??= this.#host.scheduler.every(lookEveryMs, () => this.#look());
  }

  /** @param n of the frame that met nobody, 0 for a probe */
  #onNobody(n: number): void {
    if (n > 0 && !this.#outbox.takeBack(n)) this.#hasLost = true;
    this.#isBlocked = true;
    this.#keepLooking();
    this.#host.nobodyListens(this.to, () => this.#peer.probe());
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
    const { clock, transport } = this.#host;
    const now = clock.now();
    while (!this.#isBlocked && !this.#outbox.isEmpty) {
      const frame = this.#outbox.next(now, transport.maxFrameBytes);
      if (frame.n > 0 && !this.#trySend(frame)) return;
      this.#outbox.left(frame, now);
      for (const { envelope } of frame.messages) if (now >= envelope.deadline) this.#expired(envelope);
    }
  }

  /** What the transport refuses for good must not come again and again. */
  #trySend({ n, content, messages }: OutgoingFrame): boolean {
    try {
      return this.#peer.send(encodeFrame(this.#host.header(), content), n);
    } catch (error) {
      for (const message of messages) {
        this.#outstanding.delete(message.n);
        this.#host.refuse(message.envelope, error as Error);
      }
      return true;
    }
  }

  /** A tell whose time was up before it left has nobody who waits. */
  #expired(envelope: Envelope): void {
    if (isAsk(envelope)) return;
    this.#host.refuse(envelope, new CommandExpired(envelope.to.toString(), envelope.command));
  }

  /** Forgets what nobody waits for, and asks for a sign of life where there was none for long. */
  #look(): void {
    for (const [n, { envelope, isQueued }] of this.#outstanding) {
      if (envelope.reply?.isSettled !== true) continue;
      this.#outstanding.delete(n);
      if (!isQueued) this.#outbox.drop(n);
    }
    const silentMs = this.#host.clock.now() - this.#heardAt;
    if (this.#isBlocked && silentMs >= keepRepliesMs) this.#outbox.forgetReplies();
    if (!this.#outbox.isEmpty) this.#flushSoon();
    if (this.#outstanding.size === 0 && !(this.#isBlocked && !this.#outbox.isEmpty)) {
      this.#stopLooking?.();
      this.#stopLooking = undefined;
    } else if (silentMs >= probeAfterMs) this.#peer.probe();
  }
}

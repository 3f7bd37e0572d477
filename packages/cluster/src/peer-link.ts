// This node's line to one start of another node: what is ready together travels in one frame, frames are repeated until
// they have arrived, asks wait here for their answers, and a line that is silent with something outstanding is probed.
import { type Cancel, CommandExpired, type Envelope, isAsk } from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import type { Peer } from "./contracts/transport.ts";
import { AnswerLost, MessageTooLarge, NodeGone, Overloaded } from "./errors.ts";
import { encodeFailure } from "./frame-format.ts";
import type { Frame, ReceivedReply } from "./frame-reading.ts";
import type { Load } from "./intake.ts";
import { Line } from "./line.ts";
import { type Outgoing, outgoing } from "./outgoing.ts";
import { frameRoom, maxQueued, maxQueuedBytes, Outbox } from "./outbox.ts";
import type { PeerLinkHost } from "./peer-link-host.ts";
import { type Caller, Callers, WaitingAsks } from "./waiting-asks.ts";

const probeAfterMs = 100;
const lookEveryMs = 50;
/** More than this in one frame would only make its receiver wait. */
const batchBytes = 131_072;
/** How long answers wait for a node that has asked but cannot be reached. */
const keepRepliesMs = 10_000;

export class PeerLink {
  readonly to: NodeAddress;
  readonly #host: PeerLinkHost;
  readonly #peer: Peer;
  readonly #outstanding = new WaitingAsks();
  readonly #callers = new Callers();
  readonly #outbox = new Outbox();
  readonly #line: Line;
  /** Of this node: under which the line began. */
  #epoch: number;
  #isClosed = false;
  #isFlushDue = false;
  /** What was sent last met nobody: nothing more is sent until there is a sign of life. */
  #isBlocked = false;
  #heardAt: number;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #stopLooking: Cancel | undefined;

  constructor(host: PeerLinkHost, to: NodeAddress) {
    this.#host = host;
    this.to = to;
    this.#heardAt = host.clock.now();
    this.#epoch = host.header().from.epoch;
    this.#peer = host.transport.connect(to, {
      nobodyListens: (n) => this.#onNobody(n),
      alive: () => this.heard(),
    });
    this.#line = new Line(
      {
        header: () => host.header(),
        nextLine: () => host.nextLine(),
        transmit: (bytes, n) => this.#peer.send(bytes, n),
        takeDropped: () => this.#outbox.takeDropped(),
        unwanted: (message) => this.#unwanted(message),
        refused: (messages, error) => this.#refused(messages, error),
        flushSoon: () => this.#flushSoon(),
        lostTrack: () => this.restart(),
      },
      this.#heardAt,
    );
  }

  /** Asks of this node that have no answer yet. */
  get waiting(): number {
    return this.#outstanding.size;
  }

  /** The node has given a sign of life. */
  heard(): void {
    this.#heardAt = this.#host.clock.now();
    this.#host.heard(this.to);
    this.#isBlocked = false;
    if (this.#line.isRepeatDue || !this.#outbox.isEmpty) this.#flushSoon();
  }

  send(envelope: Envelope): void {
    if (this.#isFull()) return this.#host.refuse(envelope, new Overloaded(this.to.node, this.#load()));
    let message: Outgoing;
    try {
      message = outgoing(envelope, this.#host.nextMessage(), this.#host.transport.maxFrameBytes);
    } catch (error) {
      return this.#host.refuse(envelope, error as Error);
    }
    if (isAsk(envelope)) this.#expectAnswer(message);
    this.#outbox.add(message);
    this.#flushSoon();
  }

  /**
   * Something has come from the other node.
   * @returns what counts the handling of its messages; `undefined` for a frame that must not be handled
   */
  received(frame: Frame): Load | undefined {
    this.heard();
    for (const n of frame.dropped) this.#callers.gaveUp(n);
    const load = this.#line.received(frame, this.#heardAt);
    if (this.#line.isOwed || this.#line.isLoaded) this.#keepLooking();
    return load;
  }

  /** An ask of the other node that it may give up. */
  serve(n: number, caller: Caller): void {
    this.#callers.add(n, caller, this.#host.clock.now());
  }

  /** @param reply as `frame-format.ts` encodes it */
  reply(n: number, reply: string): void {
    if (this.#isClosed) return;
    this.#callers.answered(n);
    const { maxFrameBytes } = this.#host.transport;
    const bytes = 3 * reply.length + frameRoom <= maxFrameBytes ? 0 : Buffer.byteLength(reply) + frameRoom;
    const fits = bytes <= maxFrameBytes;
    this.#outbox.reply(fits ? reply : encodeFailure(n, new MessageTooLarge("The reply", bytes, maxFrameBytes)));
    this.#flushSoon();
  }

  /** @param reply of the other node; of those that nobody waits for, nothing comes */
  answered(reply: ReceivedReply): void {
    const message = this.#outstanding.take(reply.n);
    if (message === undefined) return;
    const { envelope } = message;
    if (reply.type === "value") envelope.reply?.succeed(reply.value);
    else if (reply.type === "failure") envelope.reply?.fail(reply.error);
    else this.#host.undelivered(message.detached(), { reason: reply.reason, revision: reply.revision });
  }

  /** What could not be sent is sent now; what was sent may be lost. */
  reconnected(): void {
    this.#heardAt = this.#host.clock.now();
    this.#isBlocked = false;
    this.#line.isRepeatDue = true;
    this.#line.isTellDue = true;
    this.#flushSoon();
  }

  /** This node may have another address: to whom it writes under that, its frames of before would be new ones. */
  readdress(): void {
    const { epoch } = this.#host.header().from;
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.restart();
  }

  /**
   * Nobody knows what has come of what was sent: the other node has lost track of it, or this node has another address, and
   * answers to what it asked before go astray. What is recognised when it comes twice is asked again.
   */
  restart(): void {
    const again = new Set(this.#line.unreceived());
    for (const message of this.#outstanding.list()) {
      const { envelope, isQueued, n } = message;
      if (isQueued || envelope.reply?.isSettled === true || again.has(message)) continue;
      if (envelope.commandId !== undefined) again.add(message);
      else {
        this.#outstanding.take(n);
        this.#host.refuse(envelope, new AnswerLost(this.to.node, envelope.to.toString(), envelope.command));
      }
    }
    this.#line.restart();
    this.#outbox.forgetReplies();
    this.#outbox.putBack([...again]);
    this.#flushSoon();
  }

  /** The node is gone. Commands with an id are sent again, to whoever owns their actors now. */
  close(): void {
    this.#isClosed = true;
    this.#stopLook();
    this.#peer.close();
    const again = new Set([...this.#line.unreceived(), ...this.#outbox.messages()]);
    for (const message of this.#outstanding.list()) {
      const { envelope } = message;
      if (envelope.reply?.isSettled === true) again.delete(message);
      else if (envelope.commandId !== undefined) again.add(message);
      else if (!again.has(message)) {
        this.#host.refuse(envelope, new NodeGone(this.to.node, envelope.to.toString(), envelope.command));
      }
    }
    for (const message of [...again].toSorted((a, b) => a.n - b.n)) this.#host.sendAgain(message.detached());
  }

  #load(): number {
    return Math.max(this.#outstanding.size, this.#outbox.length);
  }

  /** What nobody waits for any more takes no room; it is looked for once in a while. */
  #isFull(): boolean {
    const isFull = (): boolean =>
      this.#outbox.isFull || this.#outstanding.size >= maxQueued || this.#outstanding.bytes >= maxQueuedBytes;
    if (!isFull()) return false;
    const now = this.#host.clock.now();
    if (now - this.#sweptAt < lookEveryMs) return true;
    this.#sweptAt = now;
    for (const message of this.#outbox.sweep(now)) this.#unwanted(message);
    this.#forgetSettled();
    return isFull();
  }

  #expectAnswer(message: Outgoing): void {
    if (this.#outstanding.size === 0) this.#heardAt = this.#host.clock.now();
    this.#outstanding.add(message);
    this.#keepLooking();
  }

  #keepLooking(): void {
    if (!this.#isClosed) this.#stopLooking ??= this.#host.scheduler.every(lookEveryMs, () => this.#look());
  }

  /** @param n of the frame that met nobody, 0 for a probe */
  #onNobody(n: number): void {
    if (this.#isClosed) return;
    this.#line.metNobody(n);
    this.#isBlocked = true;
    this.#keepLooking();
    this.#host.nobodyListens(this.to, () => this.#peer.probe());
  }

  #flushSoon(): void {
    if (this.#isFlushDue || this.#isClosed) return;
    this.#isFlushDue = true;
    this.#host.scheduler.microtask(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isFlushDue = false;
    const now = this.#host.clock.now();
    if (this.#canSend()) this.#sendReady(now);
    if (!this.#outbox.isEmpty || this.#line.isUnderWay) this.#keepLooking();
  };

  #sendReady(now: number): void {
    this.readdress();
    if (this.#line.isRepeatDue) this.#line.repeat(now);
    const frameBytes = Math.min(this.#host.transport.maxFrameBytes, batchBytes);
    while (this.#canSend() && !this.#line.isRepeatDue) {
      const { window, replyWindow } = this.#line;
      const batch = this.#outbox.take(now, { frameBytes, window, replyWindow }, this.#unwanted);
      if (batch === undefined) break;
      this.#line.send(batch, now);
    }
    if (this.#line.isTellDue || this.#outbox.hasDropped) this.#line.tell(now);
  }

  #canSend(): boolean {
    return !this.#isBlocked && !this.#isClosed && this.#host.transport.isConnected;
  }

  #refused(messages: readonly Outgoing[], error: Error): void {
    for (const { n, envelope } of messages) {
      this.#outstanding.take(n);
      this.#host.refuse(envelope, error);
    }
  }

  /** A tell whose time was up before it left has nobody who waits. */
  readonly #unwanted = ({ envelope }: Outgoing): void => {
    if (isAsk(envelope)) return;
    this.#host.refuse(envelope, new CommandExpired(envelope.to.toString(), envelope.command));
  };

  #forgetSettled(): void {
    for (const { n, isQueued } of this.#outstanding.takeSettled()) if (!isQueued) this.#outbox.drop(n);
  }

  /** Forgets what nobody waits for, tells what has come, and asks for a sign of life where there was none for long. */
  #look(): void {
    const now = this.#host.clock.now();
    this.#forgetSettled();
    this.#line.look(now);
    const silentMs = now - this.#heardAt;
    if (this.#isBlocked && silentMs >= keepRepliesMs) this.#outbox.forgetReplies();
    if (this.#canSend()) {
      this.#line.isTellDue ||= this.#line.isOwed;
      if (this.#line.isTellDue || this.#line.isRepeatDue || !this.#outbox.isEmpty) this.#flushSoon();
    }
    const isUnderWay = this.#line.isUnderWay || !this.#outbox.isEmpty;
    if (!isUnderWay && this.#outstanding.size === 0) {
      if (!this.#line.isLoaded) this.#stopLook();
      return;
    }
    if (silentMs >= probeAfterMs) this.#peer.probe();
    if (isUnderWay && this.#canSend()) this.#line.askIfLate(now);
  }

  #stopLook(): void {
    this.#stopLooking?.();
    this.#stopLooking = undefined;
  }
}

// What comes from other nodes: replies go to the asks that wait for them, messages to the actors of this node, if they
// are its own by a view that is at least as new as the sender's.
import { AetherError, type Envelope, type PluginHost } from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import type { Ownership } from "./contracts/ownership.ts";
import { BadFrame } from "./errors.ts";
import { encodeFailure } from "./frame-format.ts";
import { decodeFrame, type Frame, isAsking, numberOf, readMessage, readReply, type Returned } from "./frame-reading.ts";
import type { Membership } from "./membership.ts";
import type { PeerLink } from "./peer-link.ts";
import { type Arrival, type Receiver, RemoteMessage } from "./remote-message.ts";

export interface ReceptionParts {
  readonly host: PluginHost;
  readonly membership: Membership;
  readonly ownership: Ownership;
  /** How long a message waits for the view that its sender had. */
  readonly behindMs: number;
  linkTo(address: NodeAddress): PeerLink;
  problem(error: unknown): void;
  /** A tell that this node sent came back. */
  cameBack(envelope: Envelope, why: { readonly reason: string; readonly revision: number | undefined }): void;
}

/** A frame with messages, and the line on which it came. */
interface Delivery extends Arrival {
  readonly frame: Frame;
  readonly arrivedAt: number;
}

/** Honest senders keep to their windows: frames that wait for the view are never so many. */
const maxBehindBytes = 67_108_864;

export class Reception {
  readonly #parts: ReceptionParts;
  readonly #receiver: Receiver;
  /** Frames that wait for this node's view, in order of arrival, by sender. */
  readonly #behind = new Map<PeerLink, Promise<void>>();
  #behindBytes = 0;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
    const { host, membership } = parts;
    this.#receiver = { now: () => host.clock.now(), revision: () => membership.view.revision };
  }

  /** Never throws: whatever comes from outside is at most a problem to report. */
  receive(bytes: Uint8Array): void {
    try {
      this.#take(decodeFrame(bytes));
    } catch (error) {
      this.#parts.problem(error);
    }
  }

  #take(frame: Frame): void {
    const { membership, host } = this.#parts;
    const { node, epoch } = membership.address;
    if (frame.from.node === node && frame.from.epoch === epoch) throw new BadFrame("it claims to be of this node");
    // Its line is closed, and nobody knows any more what came over it: what it repeats could be done twice.
    if (membership.view.isOver(frame.from)) return;
    const link = this.#parts.linkTo(frame.from);
    const load = link.received(frame);
    if (load === undefined) return;
    for (const reply of frame.replies) this.#takeReply(link, reply, frame.addresses.isSuspect);
    if (frame.messages.length === 0) return;
    this.#whenCaughtUp({ frame, link, load, receiver: this.#receiver, arrivedAt: host.clock.now() });
  }

  #takeReply(link: PeerLink, raw: unknown, isSuspect: boolean): void {
    try {
      const reply = readReply(raw, isSuspect);
      if (reply.type === "undelivered" && reply.message !== undefined) this.#cameBack(reply);
      else link.answered(reply);
    } catch (error) {
      this.#parts.problem(error);
      const n = numberOf(raw);
      if (n !== undefined && error instanceof AetherError) link.answered({ type: "failure", n, error });
    }
  }

  /** Frames of one sender are handled in order, also while the first of them waits for the view. */
  #whenCaughtUp(delivery: Delivery): void {
    const { frame, link, arrivedAt } = delivery;
    const before = this.#behind.get(link);
    const isCaughtUp = before === undefined && this.#receiver.revision() >= frame.revision;
    if (isCaughtUp || this.#behindBytes + frame.bytes > maxBehindBytes) return this.#deliverAll(delivery);
    this.#behindBytes += frame.bytes;
    const done = (before ?? Promise.resolve())
      .then(() => this.#reached(frame.revision, arrivedAt + this.#parts.behindMs))
      .then(() => this.#deliverAll(delivery))
      .finally(() => {
        this.#behindBytes -= frame.bytes;
        if (this.#behind.get(link) === done) this.#behind.delete(link);
      });
    this.#behind.set(link, done);
  }

  /** Not for ever: a view that does not come would hold up all that this sender sends. */
  #reached(revision: number, until: number): Promise<void> {
    const { membership, host } = this.#parts;
    const waitMs = until - host.clock.now();
    if (membership.view.revision >= revision || waitMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        stop();
        cancel();
        resolve();
      };
      const stop = membership.onView((view) => {
        if (view.revision >= revision) done();
      });
      const cancel = host.scheduler.after(waitMs, done);
    });
  }

  #deliverAll(delivery: Delivery): void {
    const { frame, link, load } = delivery;
    const isBehind = this.#receiver.revision() < frame.revision;
    for (const wire of frame.messages) {
      try {
        this.#deliver(delivery, wire, isBehind);
      } catch (error) {
        load.handled();
        this.#parts.problem(error);
        const n = numberOf(wire);
        if (n !== undefined && isAsking(wire)) link.reply(n, encodeFailure(n, error as Error));
      }
    }
  }

  #deliver(delivery: Delivery, wire: unknown, isBehind: boolean): void {
    const { ownership, host } = this.#parts;
    const { frame, link, arrivedAt } = delivery;
    const message = readMessage(wire, frame.addresses);
    const envelope = new RemoteMessage(message, arrivedAt + message.remainingMs, delivery);
    if (isBehind) return envelope.giveBack("behind");
    if (!ownership.isOwn(message.to)) return envelope.giveBack("not-owner");
    if (message.isAsk) link.serve(message.n, envelope);
    host.local.deliver(envelope);
  }

  #cameBack({ message, reason, revision }: Returned): void {
    if (message === undefined) return;
    const { to, command, args, remainingMs, sender, commandId, answeredBelow, chain, headers } = message;
    const deadline = this.#parts.host.clock.now() + remainingMs;
    const rest = { sender, commandId, answeredBelow, chain, headers, next: undefined };
    this.#parts.cameBack({ to, command, args, deadline, reply: undefined, ...rest }, { reason, revision });
  }
}

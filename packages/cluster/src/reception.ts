// What comes from other nodes: replies go to the asks that wait for them, messages to the actors of this node, if they
// are its own by a view that is at least as new as the sender's.
import { AetherError, type Envelope, type PluginHost, type ReplyTo, type Undelivered } from "@aether/actor";
import type { Ownership } from "./contracts/ownership.ts";
import type { NodeAddress } from "./contracts/node.ts";
import {
  encodeFailure,
  encodeSuccess,
  encodeUndelivered,
  type Frame,
  type ReceivedMessage,
  type WireMessage,
} from "./frame-format.ts";
import { decodeFrame, encodeReturned, numberOf, readMessage, readReply } from "./frame-reading.ts";
import type { Membership } from "./membership.ts";
import type { Caller, PeerLink } from "./peer-link.ts";

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

export class Reception {
  readonly #parts: ReceptionParts;
  /** Frames that wait for this node's view, in order of arrival, by sender. */
  readonly #behind = new Map<string, Promise<void>>();

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
  }

  /** Never throws: whatever comes from outside is at most a problem to report. */
  receive(bytes: Uint8Array): void {
    let frame: Frame;
    try {
      frame = decodeFrame(bytes);
    } catch (error) {
      return this.#parts.problem(error);
    }
    const link = this.#parts.linkTo(frame.from);
    link.heard();
    for (const reply of frame.replies) this.#takeReply(link, reply);
    for (const n of frame.dropped) link.gaveUp(n);
    if (frame.again) link.repeat();
    if (frame.messages.length > 0) this.#whenCaughtUp(frame);
  }

  #takeReply(link: PeerLink, raw: unknown): void {
    try {
      const reply = readReply(raw);
      if (reply.message === undefined) link.answered(reply);
      else this.#cameBack(reply.message, reply.undelivered);
    } catch (error) {
      this.#parts.problem(error);
      const n = numberOf(raw);
      if (n !== undefined && error instanceof AetherError) link.answered({ n, error });
    }
  }

  /** Frames of one sender are handled in order, also while the first of them waits for the view. */
  #whenCaughtUp(frame: Frame): void {
    const { membership, host } = this.#parts;
    const arrivedAt = host.clock.now();
    const sender = `${frame.from.epoch} ${frame.from.node}`;
    const before = this.#behind.get(sender);
    if (before === undefined && membership.view.revision >= frame.revision) return this.#deliverAll(frame, arrivedAt);
    const done = (before ?? Promise.resolve())
      .then(() => this.#reached(frame.revision, arrivedAt + this.#parts.behindMs))
      .then(() => this.#deliverAll(frame, arrivedAt))
      .finally(() => {
        if (this.#behind.get(sender) === done) this.#behind.delete(sender);
      });
    this.#behind.set(sender, done);
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

  #deliverAll(frame: Frame, arrivedAt: number): void {
    for (const wire of frame.messages) {
      try {
        this.#deliver(frame, wire, arrivedAt);
      } catch (error) {
        this.#parts.problem(error);
        const n = numberOf(wire);
        if (n !== undefined && (wire as WireMessage).ask === true) {
          this.#parts.linkTo(frame.from).reply(n, encodeFailure(n, error as Error));
        }
      }
    }
  }

  #deliver({ from, revision }: Frame, wire: unknown, arrivedAt: number): void {
    const { ownership, membership, host } = this.#parts;
    const message = readMessage(wire);
    const link = this.#parts.linkTo(from);
    const deadline = arrivedAt + message.remainingMs;
    const undelivered = (reason: string): void => {
      const why = { reason, revision: membership.view.revision };
      const back = message.isAsk ? undefined : encodeReturned(wire, deadline - host.clock.now());
      link.reply(message.n, encodeUndelivered(message.n, why, back));
    };
    if (membership.view.revision < revision) return undelivered("behind");
    if (!ownership.isOwn(message.to)) return undelivered("not-owner");
    const caller = new RemoteCaller(link, message, undelivered);
    if (message.isAsk) link.serve(message.n, caller);
    host.local.deliver(toEnvelope(message, deadline, caller));
  }

  #cameBack(wire: unknown, why: { readonly reason: string; readonly revision?: number | undefined } | undefined): void {
    const message = readMessage(wire);
    const envelope = toEnvelope(message, this.#parts.host.clock.now() + message.remainingMs, undefined);
    this.#parts.cameBack(envelope, { reason: why?.reason ?? "unknown", revision: why?.revision });
  }
}

function toEnvelope(message: ReceivedMessage, deadline: number, reply: ReplyTo | undefined): Envelope {
  const { to, command, args, sender, commandId, answeredBelow, chain, headers } = message;
  const next = undefined;
  return { to, command, args, deadline, reply, sender, commandId, answeredBelow, chain, headers, next };
}

/** A caller on another node: its answer goes back over the line on which it asked. */
class RemoteCaller implements ReplyTo, Caller {
  readonly wantsReply: boolean;
  isSettled = false;
  readonly #link: PeerLink;
  readonly #n: number;
  readonly #undelivered: (reason: string) => void;

  constructor(link: PeerLink, message: ReceivedMessage, undelivered: (reason: string) => void) {
    this.#link = link;
    this.#n = message.n;
    this.wantsReply = message.isAsk;
    this.#undelivered = undelivered;
  }

  succeed(value: unknown): void {
    this.#settle(() => encodeSuccess(this.#n, value));
  }

  fail(error: Error): void {
    this.#settle(() => encodeFailure(this.#n, error));
  }

  undelivered(_envelope: Envelope, why: Undelivered): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#undelivered(why.reason);
  }

  giveUp(): void {
    this.isSettled = true;
  }

  #settle(encodeReply: () => string): void {
    if (this.isSettled) return;
    this.isSettled = true;
    if (!this.wantsReply) return;
    try {
      this.#link.reply(this.#n, encodeReply());
    } catch (error) {
      this.#link.reply(this.#n, encodeFailure(this.#n, error as Error));
    }
  }
}

// What comes from other nodes: replies go to the asks that wait for them, messages to the actors of this node, if they
// are its own by a view that is at least as new as the sender's.
import { type Envelope, type PluginHost, type ReplyTo, type Undelivered } from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import type { Ownership } from "./contracts/ownership.ts";
import {
  decodeFrame,
  encodeFailure,
  encodeSuccess,
  encodeUndelivered,
  type Frame,
  type ReceivedMessage,
  readMessage,
  type WireMessage,
} from "./frame-format.ts";
import type { Membership } from "./membership.ts";
import type { PeerLink } from "./peer-link.ts";

export interface ReceptionParts {
  readonly host: PluginHost;
  readonly membership: Membership;
  readonly ownership: Ownership;
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

  receive(bytes: Uint8Array): void {
    let frame: Frame;
    try {
      frame = decodeFrame(bytes);
    } catch (error) {
      return this.#parts.problem(error);
    }
    const link = this.#parts.linkTo(frame.from);
    link.heard();
    for (const reply of frame.replies) {
      if (reply.message === undefined) link.answered(reply);
      else this.#cameBack(reply.message, reply.undelivered);
    }
    if (frame.messages.length > 0) this.#whenCaughtUp(frame);
  }

  /** Frames of one sender are handled in order, also while the first of them waits for the view. */
  #whenCaughtUp(frame: Frame): void {
    const { membership } = this.#parts;
    const sender = `${frame.from.epoch} ${frame.from.node}`;
    const before = this.#behind.get(sender);
    if (before === undefined && membership.view.revision >= frame.revision) return this.#deliverAll(frame);
    const done = (before ?? Promise.resolve())
      .then(() => membership.reached(frame.revision))
      .then(() => this.#deliverAll(frame))
      .finally(() => {
        if (this.#behind.get(sender) === done) this.#behind.delete(sender);
      });
    this.#behind.set(sender, done);
  }

  #deliverAll(frame: Frame): void {
    for (const wire of frame.messages) {
      try {
        this.#deliver(frame.from, wire);
      } catch (error) {
        this.#parts.problem(error);
        if (wire.ask === true) this.#parts.linkTo(frame.from).reply(encodeFailure(wire.n, error as Error));
      }
    }
  }

  #deliver(from: NodeAddress, wire: WireMessage): void {
    const { ownership, membership, host } = this.#parts;
    const message = readMessage(wire);
    const link = this.#parts.linkTo(from);
    const undelivered = (reason: string): void =>
      link.reply(
        encodeUndelivered(
          message.n,
          { reason, revision: membership.view.revision },
          message.isAsk ? undefined : JSON.stringify(wire),
        ),
      );
    if (!ownership.isOwn(message.to)) return undelivered("not-owner");
    host.local.deliver(this.#toEnvelope(message, new RemoteCaller(link, message, undelivered)));
  }

  #toEnvelope(message: ReceivedMessage, reply: ReplyTo | undefined): Envelope {
    const { to, command, args, remainingMs, sender, commandId, answeredBelow, chain, headers } = message;
    const deadline = this.#parts.host.clock.now() + remainingMs;
    return { to, command, args, deadline, reply, sender, commandId, answeredBelow, chain, headers };
  }

  #cameBack(wire: WireMessage, why: { readonly reason: string; readonly revision?: number } | undefined): void {
    try {
      const envelope = this.#toEnvelope(readMessage(wire), undefined);
      this.#parts.cameBack(envelope, { reason: why?.reason ?? "unknown", revision: why?.revision });
    } catch (error) {
      this.#parts.problem(error);
    }
  }
}

/** A caller on another node: its answer goes back over the line on which it asked. */
class RemoteCaller implements ReplyTo {
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

  #settle(encodeReply: () => string): void {
    if (this.isSettled) return;
    this.isSettled = true;
    if (!this.wantsReply) return;
    try {
      this.#link.reply(encodeReply());
    } catch (error) {
      this.#link.reply(encodeFailure(this.#n, error as Error));
    }
  }
}

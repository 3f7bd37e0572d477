// Where a message goes: to the owner of its actor by this node's view. Only the node of the caller sends again; nobody
// forwards. What cannot be sent yet waits for the next view, within its deadline.
import {
  type ActorAddress,
  type Envelope,
  isAsk,
  type LocalActors,
  type Outbound,
  type PluginHost,
  type UndeliveredInfo,
} from "@aether/actor";
import type { NodeAddress, NodeId, NodeRecord } from "./contracts/node.ts";
import type { Ownership, Placement } from "./contracts/ownership.ts";
import { Overloaded } from "./errors.ts";
import type { Membership } from "./membership.ts";
import type { PeerLink } from "./peer-link.ts";
import type { ClusterView } from "./view.ts";

export interface RoutingParts {
  readonly host: PluginHost;
  readonly membership: Membership;
  readonly placement: Placement;
  linkTo(address: NodeAddress): PeerLink;
}

const retryMs = 10;
const maxCached = 100_000;
const maxWaiting = 16_384;

export class Routing implements Outbound, Ownership {
  /** Messages of this node's callers that were sent again. */
  resent = 0;
  readonly #local: LocalActors;
  readonly #parts: RoutingParts;
  #waiting: Envelope[] = [];
  /** When this many wait, those that nobody wants any more are looked for. */
  #sweepAt = 1_024;
  #isClosed = false;
  #cache = new Map<string, NodeRecord | undefined>();
  #cachedFor: ClusterView | undefined;

  constructor(parts: RoutingParts) {
    this.#parts = parts;
    this.#local = parts.host.local;
  }

  ownerOf(address: ActorAddress): NodeId | undefined {
    return this.#owner(address)?.node;
  }

  isOwn(address: ActorAddress): boolean {
    const { address: self, hasPlace } = this.#parts.membership;
    const owner = this.#owner(address);
    return hasPlace && owner?.node === self.node && owner.epoch === self.epoch;
  }

  send(envelope: Envelope): void {
    if (this.#isClosed) return this.#drop(envelope, "its system has stopped");
    const owner = this.#owner(envelope.to);
    if (owner === undefined) this.#wait(envelope);
    else if (owner.node !== this.#parts.membership.address.node) this.#parts.linkTo(owner).send(envelope);
    else if (this.isOwn(envelope.to)) this.#local.deliver(envelope);
    else this.#wait(envelope); // this node is about to join anew
  }

  /** Waits for the view that the receiver had, or a moment; then it goes where its actor lives by then. */
  resend(envelope: Envelope, why: UndeliveredInfo): void {
    const { membership, host } = this.#parts;
    if (!this.#isWorthSending(envelope)) return this.#drop(envelope, why.reason);
    this.resent++;
    if (why.revision !== undefined && why.revision > membership.view.revision) {
      void membership.reached(why.revision).then(() => this.#sendIfWorth(envelope, why.reason));
    } else if (why.reason === "leaving" && !this.isOwn(envelope.to)) this.send(envelope);
    else host.scheduler.after(retryMs * (0.5 + host.random.next()), () => this.#sendIfWorth(envelope, why.reason));
  }

  /** What waited for an owner is looked at again. */
  viewChanged(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const envelope of waiting) this.#sendIfWorth(envelope, "no node hosts its type");
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#isClosed = true;
    this.viewChanged();
  }

  #wait(envelope: Envelope): void {
    if (this.#waiting.length >= this.#sweepAt) {
      const [wanted, expired] = partition(this.#waiting, (waiting) => this.#isWorthSending(waiting));
      this.#waiting = wanted;
      for (const waiting of expired) this.#drop(waiting, "no node hosts its type");
      this.#sweepAt = Math.min(maxWaiting, Math.max(1_024, 2 * wanted.length));
    }
    if (this.#waiting.length < maxWaiting) this.#waiting.push(envelope);
    else if (isAsk(envelope)) envelope.reply?.fail(new Overloaded(`of type "${envelope.to.type}"`, maxWaiting));
    else this.#drop(envelope, "no node hosts its type, and too many wait for one");
  }

  #sendIfWorth(envelope: Envelope, reason: string): void {
    if (this.#isWorthSending(envelope)) this.send(envelope);
    else this.#drop(envelope, reason);
  }

  #owner(address: ActorAddress): (NodeRecord & { readonly epoch: number }) | undefined {
    const { view } = this.#parts.membership;
    if (this.#cachedFor !== view || this.#cache.size >= maxCached) {
      this.#cache = new Map();
      this.#cachedFor = view;
    }
    const key = `${address.type}/${address.id}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const owner = this.#parts.placement(address, view.candidatesFor(address.type));
    this.#cache.set(key, owner);
    return owner;
  }

  #isWorthSending(envelope: Envelope): boolean {
    return envelope.reply?.isSettled !== true && this.#parts.host.clock.now() < envelope.deadline;
  }

  /** An ask ends by its own deadline; a tell has nobody who waits. */
  #drop(envelope: Envelope, reason: string): void {
    if (isAsk(envelope)) return;
    this.#parts.host.deadLetter(envelope, reason);
  }
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter((one) => test(one)), all.filter((one) => !test(one))];
}

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
import { NodeGone, Overloaded, PlacementFailed } from "./errors.ts";
import type { Membership } from "./membership.ts";
import { nodeType } from "./node-requests.ts";
import type { PeerLink } from "./peer-link.ts";
import { rendezvous } from "./placement.ts";
import type { ClusterView, KnownNode } from "./view.ts";

export interface RoutingParts {
  readonly host: PluginHost;
  readonly membership: Membership;
  readonly placement: Placement;
  linkTo(address: NodeAddress): PeerLink;
  readonly watch: NonNullable<Outbound["watch"]>;
  /** Is told when the placement fails where nobody waits for an answer. */
  problem(error: unknown): void;
}

const retryMs = 10;
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

  constructor(parts: RoutingParts) {
    this.#parts = parts;
    this.#local = parts.host.local;
  }

  watch(...args: Parameters<NonNullable<Outbound["watch"]>>): () => void {
    return this.#parts.watch(...args);
  }

  ownerOf(address: ActorAddress): NodeId | undefined {
    return this.#owner(address)?.node;
  }

  isOwn(address: ActorAddress): boolean {
    const { address: self, hasPlace } = this.#parts.membership;
    if (!hasPlace) return false;
    try {
      const owner = this.#owner(address);
      return owner?.node === self.node && owner.epoch === self.epoch;
    } catch (error) {
      this.#parts.problem(error);
      return false;
    }
  }

  send(envelope: Envelope): void {
    if (this.#isClosed) return this.#drop(envelope, "its system has stopped");
    const owner = this.#ownerFor(envelope);
    if (owner === null) return;
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
    const { to, command } = envelope;
    if (to.type === nodeType) return envelope.reply?.fail(new NodeGone(to.id, to.toString(), command));
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

  /** @throws PlacementFailed (`CLUSTER_PLACEMENT_FAILED`) */
  #owner(address: ActorAddress): NodeRecord | undefined {
    return this.ownerIn(this.#parts.membership.view, address);
  }

  /** By another view than today's. @throws PlacementFailed (`CLUSTER_PLACEMENT_FAILED`) */
  ownerIn(view: ClusterView, address: ActorAddress): NodeRecord | undefined {
    const { placement } = this.#parts;
    if (address.type === nodeType) return presentNode(view, address.id);
    const candidates = view.candidatesFor(address.type);
    if (placement === rendezvous) return rendezvous(address, candidates);
    return placed(placement, address, candidates);
  }

  /** As `#owner`; what goes wrong is said of the envelope, and `null` says so. */
  #ownerFor(envelope: Envelope): NodeRecord | undefined | null {
    try {
      return this.#owner(envelope.to);
    } catch (error) {
      if (isAsk(envelope)) envelope.reply?.fail(error as Error);
      else this.#parts.host.deadLetter(envelope, (error as Error).message, error);
      return null;
    }
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

/** A node's own address is owned by it, as long as it is there. */
function presentNode(view: ClusterView, node: NodeId): KnownNode | undefined {
  const known = view.nodes.get(node);
  return known !== undefined && view.isPresent(known) ? known : undefined;
}

/** A placement of the user's may throw, or name a node that is none of the candidates: both would send messages in circles. */
function placed(place: Placement, address: ActorAddress, candidates: readonly NodeRecord[]): NodeRecord | undefined {
  let owner: NodeRecord | undefined;
  try {
    owner = place(address, candidates);
  } catch (error) {
    throw new PlacementFailed(address.toString(), `it threw ${String(error)}`, error);
  }
  if (owner === undefined || candidates.includes(owner)) return owner;
  const same = candidates.find(({ node }) => node === owner.node);
  if (same !== undefined) return same;
  const named = JSON.stringify(owner.node);
  throw new PlacementFailed(address.toString(), `it answered ${named}, which is none of the candidates it was given`);
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter((one) => test(one)), all.filter((one) => !test(one))];
}

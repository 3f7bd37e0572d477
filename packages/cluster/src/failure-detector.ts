// Who is gone: silence of a lease, or two failed deliveries in a row, entitle this node to say so. Not while its own
// connection or the table was away: what is silent then may only be unheard.
import type { Clock, Scheduler } from "@aether/actor";
import type { NodeAddress, NodeId } from "./contracts/node.ts";
import type { ClusterView } from "./view.ts";

export interface DetectorParts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly leaseMs: number;
  /** How often `look` is called. */
  readonly heartbeatMs: number;
  /** Counts the parts of the network that were lost; those that were connected there come back elsewhere in a moment. */
  losses?(): number;
  /** Says in the table that the node is gone. */
  remove(gone: NodeAddress, reason: string): void;
}

/** Between the first failed delivery and the second look. */
const secondLookMs = 50;

/** A removal that was not seen by then is tried again. */
const repeatMs = 500;

interface Watched {
  readonly epoch: number;
  heardAt: number;
  /** When a delivery first failed since the node was heard. */
  failedAt: number | undefined;
  judgedAt: number;
}

export class FailureDetector {
  readonly #parts: DetectorParts;
  readonly #watched = new Map<NodeId, Watched>();
  #quietUntil = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.POSITIVE_INFINITY;
  #losses: number;

  constructor(parts: DetectorParts) {
    this.#parts = parts;
    this.#losses = parts.losses?.() ?? 0;
  }

  /** For one lease nobody is said to be gone: the connection, or the table, has just come back, or a server is gone. */
  keepQuiet(): void {
    const now = this.#parts.clock.now();
    this.#quietUntil = now + this.#parts.leaseMs;
    for (const node of this.#watched.values()) node.heardAt = now;
  }

  /** Watches the starts of nodes that are present, each from when it was first seen; also another one of this node's id. */
  follow(view: ClusterView, self: NodeAddress): void {
    for (const node of this.#watched.keys()) if (!view.nodes.has(node)) this.#watched.delete(node);
    for (const known of view.nodes.values()) {
      const { node, epoch } = known;
      const isSelf = node === self.node && epoch === self.epoch;
      if (isSelf || !view.isPresent(known)) this.#watched.delete(node);
      else if (this.#watched.get(node)?.epoch !== epoch) {
        this.#watched.set(node, {
          epoch,
          heardAt: this.#parts.clock.now(),
          failedAt: undefined,
          judgedAt: Number.NEGATIVE_INFINITY,
        });
      }
    }
  }

  /** A heartbeat: the node is there, and has its lease. */
  heard({ node, epoch }: NodeAddress): void {
    const watched = this.#watched.get(node);
    if (watched?.epoch !== epoch) return;
    watched.heardAt = this.#parts.clock.now();
    watched.failedAt = undefined;
  }

  /** Any other sign of life. It does not break the silence: a node that has lost its lease still answers, and sends. */
  listens({ node, epoch }: NodeAddress): void {
    const watched = this.#watched.get(node);
    if (watched?.epoch === epoch) watched.failedAt = undefined;
  }

  /** Something sent to the node met nobody. `lookAgain` should make it show whether that is still so. */
  nobodyListens(address: NodeAddress, lookAgain: () => void): void {
    const watched = this.#watched.get(address.node);
    if (watched?.epoch !== address.epoch) return;
    this.#noticeLosses();
    const now = this.#parts.clock.now();
    if (watched.failedAt === undefined) {
      watched.failedAt = now;
      this.#parts.scheduler.after(secondLookMs, lookAgain);
    } else if (now - watched.failedAt >= secondLookMs) this.#judge(address, watched, "nobody listens for it");
    else this.#parts.scheduler.after(watched.failedAt + secondLookMs - now, lookAgain);
  }

  /** Looks for silence; to be called about once per heartbeat. */
  look(): void {
    this.#forgetPause();
    this.#noticeLosses();
    const silentSince = this.#parts.clock.now() - this.#parts.leaseMs;
    for (const [node, watched] of this.#watched) {
      if (watched.heardAt >= silentSince) continue;
      this.#judge({ node, epoch: watched.epoch }, watched, `no heartbeat for ${this.#parts.leaseMs} ms`);
    }
  }

  /** A server of the network is gone: who was connected there is not, and needs longer than two looks to be back. */
  #noticeLosses(): void {
    const losses = this.#parts.losses?.() ?? 0;
    if (losses !== this.#losses) this.keepQuiet();
    this.#losses = losses;
  }

  /** Time in which this node itself did not run is no silence of others: what they sent may still lie unread. */
  #forgetPause(): void {
    const { clock, heartbeatMs } = this.#parts;
    const now = clock.now();
    const missedMs = now - this.#lookedAt - heartbeatMs;
    this.#lookedAt = now;
    if (missedMs < heartbeatMs) return;
    for (const node of this.#watched.values()) {
      node.heardAt = Math.min(now, node.heardAt + missedMs);
      node.failedAt = undefined;
    }
  }

  #judge(address: NodeAddress, watched: Watched, reason: string): void {
    const now = this.#parts.clock.now();
    if (now < this.#quietUntil || now - watched.judgedAt < repeatMs) return;
    watched.judgedAt = now;
    this.#parts.remove(address, reason);
  }
}

// One node: its parts, put together, and the phases of its life: start, run, lose its place, drain, close.
import type { ActorAddress, Cancel, PluginHost } from "@aether/actor";
import type { Writers } from "@aether/persistence";
import { clusterWriters } from "./cluster-writers.ts";
import type { OpenBackend } from "./contracts/backend.ts";
import type { NodeAddress } from "./contracts/node.ts";
import type { Placement } from "./contracts/ownership.ts";
import { FailureDetector } from "./failure-detector.ts";
import { decodeBeat, encodeBeat } from "./heartbeat.ts";
import type { Lease } from "./lease.ts";
import type { Membership } from "./membership.ts";
import { NodeServices } from "./node-services.ts";
import { Overlaps } from "./overlaps.ts";
import { PeerLinks } from "./peer-links.ts";
import { Reception } from "./reception.ts";
import { Routing } from "./routing.ts";
import { Standing, type StandingOptions } from "./standing.ts";
import type { ClusterView } from "./view.ts";
import { atMost } from "./waiting.ts";

export interface NodeOptions extends StandingOptions {
  readonly placement: Placement;
  /** Actors of which one each runs somewhere. */
  readonly singletons: readonly ActorAddress[];
  readonly problem: (error: unknown) => void;
}

/** A table that does not answer does not keep a node from stopping. */
const drainSeenWithinMs = 2_000;
/** How often per heartbeat a node without a lease asks for it. */
const overdueShare = 5;

export class ClusterNode {
  readonly membership: Membership;
  readonly lease: Lease;
  readonly routing: Routing;
  readonly services: NodeServices;
  readonly writers: Writers;
  readonly overlaps: Overlaps;
  readonly #host: PluginHost;
  readonly #backend: OpenBackend;
  readonly #options: NodeOptions;
  readonly #detector: FailureDetector;
  readonly #reception: Reception;
  readonly #links: PeerLinks;
  readonly #standing: Standing;
  #stops: Cancel[] = [];
  #isClosing = false;

  constructor(host: PluginHost, backend: OpenBackend, options: NodeOptions) {
    const { clock, scheduler } = host;
    const { leaseMs, heartbeatMs } = options;
    this.#host = host;
    this.#backend = backend;
    this.#options = options;
    this.overlaps = new Overlaps(host);
    this.#standing = this.#makeStanding();
    const { membership, lease } = this.#standing;
    this.membership = membership;
    this.lease = lease;
    this.#detector = new FailureDetector({
      clock,
      scheduler,
      leaseMs,
      heartbeatMs,
      losses: () => backend.transport.losses ?? 0,
      remove: (gone, reason) => this.#remove(gone, reason),
    });
    const linkTo = (address: NodeAddress): ReturnType<PeerLinks["to"]> => this.#links.to(address);
    const { problem, singletons } = options;
    const waiting = (): number => this.#links.waiting;
    this.services = new NodeServices({
      host,
      membership,
      lease,
      singletons,
      routing: () => this.routing,
      waiting,
      problem,
    });
    const { local, watches } = this.services;
    const served = { ...host, local };
    const watch: Routing["watch"] = (address, notify) => watches.watch(address, notify);
    this.routing = new Routing({ host: served, membership, placement: options.placement, linkTo, watch, problem });
    this.#links = new PeerLinks({
      host,
      membership,
      transport: backend.transport,
      detector: this.#detector,
      outbound: this.routing,
    });
    this.#reception = new Reception({
      host: served,
      membership,
      ownership: this.routing,
      behindMs: options.leaseMs,
      linkTo,
      problem: options.problem,
      cameBack: (envelope, why) => this.routing.resend(envelope, why),
    });
    this.writers = clusterWriters({
      membership,
      clock: host.clock,
      leaseMs,
      ownerIn: (view, actor) => this.routing.ownerIn(view, actor),
    });
  }

  /** Joins, and from then on follows and tells. */
  async start(): Promise<void> {
    const { scheduler } = this.#host;
    const { transport } = this.#backend;
    await this.#standing.start();
    this.#stops = [
      this.membership.onView((view, before) => this.#onView(view, before)),
      transport.onBroadcast((beat) => this.#onBeat(beat)),
      transport.onStatus((status) => this.#onStatus(status)),
      scheduler.every(this.#options.heartbeatMs, () => this.#beat()),
      scheduler.every(this.#options.heartbeatMs / overdueShare, () => this.#askAgain()),
    ];
    this.#detector.follow(this.membership.view, this.membership.address);
  }

  /** No new actors here from now on; what comes for them goes elsewhere. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    this.#standing.stop();
    this.services.drain();
    if (this.membership.address.epoch === 0) return;
    if (!(await this.membership.setState("draining"))) return;
    await atMost(this.#host.scheduler, drainSeenWithinMs, this.membership.seenAs("draining"));
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#standing.stop();
    try {
      if (this.membership.hasPlace && this.#backend.transport.isConnected) await this.services.takeLeave();
      for (const stop of this.#stops) stop();
      if (this.membership.address.epoch > 0) await this.membership.setState("left");
    } finally {
      this.#standing.close();
      this.services.close();
      this.routing.close();
      this.#links.stop();
      await this.#backend.close();
    }
  }

  #onView(view: ClusterView, before: ClusterView): void {
    const { address } = this.membership;
    const up = [...view.nodes.values()].filter((node) => node.state === "up").map(({ node }) => node);
    this.#host.events.publish({ type: "view-changed", node: address.node, revision: view.revision, up });
    this.#detector.follow(view, address);
    if (before.isPresent(address) && !view.isPresent(address) && !this.#isClosing) return this.#standing.losePlace();
    this.#links.follow(view);
    this.services.viewChanged(view);
    this.routing.viewChanged();
    void this.overlaps.release(address.node, (actor) => this.routing.isOwn(actor));
  }

  /** Silent without a lease: who can be heard but may not speak keeps its actors from everybody, so others take its place. */
  #beat(): void {
    if (this.lease.granted()) this.#backend.transport.broadcast(encodeBeat(this.#standing.beat));
    this.#detector.look();
    this.services.look();
    void this.lease.renew();
  }

  /** The table was away for a lease: this node speaks again as soon as it answers. */
  #askAgain(): void {
    if (this.membership.hasPlace && !this.lease.granted()) void this.lease.renew();
  }

  #onBeat(beat: Uint8Array): void {
    const from = decodeBeat(beat);
    if (from === undefined) return;
    this.#detector.heard(from);
    this.#standing.heard(from);
  }

  #onStatus(status: "disconnected" | "reconnected"): void {
    if (status === "disconnected") return;
    this.#detector.keepQuiet();
    this.#links.reconnected();
    void this.lease.renew();
  }

  /** Only who has a lease, and so has lately spoken with the table, says such things; but all of their own id. */
  #remove(gone: NodeAddress, reason: string): void {
    const maySpeak = this.lease.granted() || gone.node === this.membership.address.node;
    if (!maySpeak || this.#standing.health.isAway || !this.#backend.transport.isConnected) return;
    this.#host.events.publish({ type: "node-removed", level: "warn", ...gone, reason });
    void this.#standing.remove(gone);
  }

  #makeStanding(): Standing {
    const { events } = this.#host;
    const parts = {
      host: this.#host,
      table: this.#backend.table,
      listen: (self: NodeAddress) => this.#backend.transport.listen(self, (frame) => this.#reception.receive(frame)),
      tableReturned: () => this.#detector.keepQuiet(),
      joined: (self: NodeAddress) => {
        this.#detector.follow(this.membership.view, self);
        this.#beat();
        events.publish({ type: "node-joined", level: "info", ...self });
      },
      lost: (self: NodeAddress, unconfirmedMs: number) => {
        events.publish({ type: "node-lost-place", level: "error", ...self });
        this.overlaps.abandonAll(self.node, unconfirmedMs);
      },
      // What waits for answers of former starts of nodes goes to whoever owns its actors in the new view.
      startedOver: () => {
        this.#detector.keepQuiet();
        this.#links.closeAll();
      },
      settled: () => {
        this.services.viewChanged(this.membership.view);
        this.routing.viewChanged();
        this.#links.readdress();
      },
      problem: this.#options.problem,
    };
    return new Standing(parts, this.#options);
  }
}

// One node: its parts, put together, and the phases of its life: start, run, lose its place, drain, close.
import type { Cancel, PluginHost } from "@aether/actor";
import type { Writer, Writers } from "@aether/persistence";
import type { OpenBackend } from "./contracts/backend.ts";
import type { NodeAddress } from "./contracts/node.ts";
import type { Placement } from "./contracts/ownership.ts";
import { FailureDetector } from "./failure-detector.ts";
import { decodeBeat, encodeBeat } from "./heartbeat.ts";
import { Lease } from "./lease.ts";
import { Membership, type Self } from "./membership.ts";
import { PeerLinks } from "./peer-links.ts";
import { Reception } from "./reception.ts";
import { Routing } from "./routing.ts";
import type { ClusterView } from "./view.ts";

export interface NodeOptions {
  readonly self: Self;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly placement: Placement;
  readonly problem: (error: unknown) => void;
}

const rejoinMs = 200;
/** A table that does not answer does not keep a node from stopping. */
const drainSeenWithinMs = 2_000;

export class ClusterNode {
  readonly membership: Membership;
  readonly lease: Lease;
  readonly routing: Routing;
  readonly writers: Writers;
  readonly #host: PluginHost;
  readonly #backend: OpenBackend;
  readonly #options: NodeOptions;
  readonly #detector: FailureDetector;
  readonly #reception: Reception;
  readonly #links: PeerLinks;
  #stops: Cancel[] = [];
  #stopListening: Cancel | undefined;
  #isClosing = false;
  #isRejoining = false;
  #tableFailed = false;

  constructor(host: PluginHost, backend: OpenBackend, options: NodeOptions) {
    const { clock, scheduler } = host;
    this.#host = host;
    this.#backend = backend;
    this.#options = options;
    const membership = new Membership(backend.table, options.self, clock);
    this.membership = membership;
    this.lease = new Lease({ table: backend.table, membership, clock }, options.leaseMs, {
      regained: () => host.local.reopenGates(),
      lost: () => this.#losePlace(),
      answered: () => this.#onTableAnswer(),
      failed: (error) => this.#onTableFailure(error),
    });
    this.#detector = new FailureDetector({
      clock,
      scheduler,
      leaseMs: options.leaseMs,
      heartbeatMs: options.heartbeatMs,
      remove: (gone, reason) => this.#remove(gone, reason),
    });
    const linkTo = (address: NodeAddress): ReturnType<PeerLinks["to"]> => this.#links.to(address);
    this.routing = new Routing({ host, membership, placement: options.placement, linkTo });
    this.#links = new PeerLinks({
      host,
      membership,
      transport: backend.transport,
      detector: this.#detector,
      outbound: this.routing,
    });
    this.#reception = new Reception({
      host,
      membership,
      ownership: this.routing,
      behindMs: options.leaseMs,
      linkTo,
      problem: options.problem,
      cameBack: (envelope, why) => this.routing.resend(envelope, why),
    });
    this.writers = { current: this.#writer(), isGone: (writer) => this.#isGone(writer) };
  }

  /** Joins, and from then on follows and tells. */
  async start(): Promise<void> {
    const { scheduler } = this.#host;
    const { transport } = this.#backend;
    await this.membership.follow();
    await this.#join();
    this.#stops = [
      this.membership.onView((view, before) => this.#onView(view, before)),
      transport.onBroadcast((beat) => this.#onBeat(beat)),
      transport.onStatus((status) => this.#onStatus(status)),
      scheduler.every(this.#options.heartbeatMs, () => this.#beat()),
    ];
    this.#detector.follow(this.membership.view, this.membership.address);
  }

  /** No new actors here from now on; what comes for them goes elsewhere. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    if (this.membership.address.epoch === 0) return;
    if (!(await this.membership.setState("draining"))) return;
    await this.#atMost(drainSeenWithinMs, this.membership.seenAs("draining"));
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    for (const stop of this.#stops) stop();
    try {
      if (this.membership.address.epoch > 0) await this.membership.setState("left");
    } finally {
      this.#stopListening?.();
      this.routing.close();
      this.#links.closeAll();
      await this.#backend.close();
    }
  }

  async #join(): Promise<void> {
    let sentAt: number;
    do {
      sentAt = await this.membership.join();
      this.#stopListening?.();
      this.#stopListening = this.#backend.transport.listen(this.membership.address, (frame) =>
        this.#reception.receive(frame),
      );
    } while (!(await this.membership.isSeen()));
    const { address } = this.membership;
    this.#detector.follow(this.membership.view, address);
    this.lease.startAt(sentAt);
    this.#beat();
    this.#host.events.publish({ type: "node-joined", level: "info", ...address });
  }

  #onView(view: ClusterView, before: ClusterView): void {
    const { address } = this.membership;
    const up = [...view.nodes.values()].filter((node) => node.state === "up").map(({ node }) => node);
    this.#host.events.publish({ type: "view-changed", node: address.node, revision: view.revision, up });
    this.#detector.follow(view, address);
    if (before.isPresent(address) && !view.isPresent(address) && !this.#isClosing) return this.#losePlace();
    this.#links.follow(view);
    this.routing.viewChanged();
    void this.#host.local.release((actor) => !this.routing.isOwn(actor));
  }

  #beat(): void {
    this.#backend.transport.broadcast(encodeBeat(this.membership.address));
    this.#detector.look();
    void this.lease.renew();
  }

  #onBeat(beat: Uint8Array): void {
    const from = decodeBeat(beat);
    if (from !== undefined) this.#detector.heard(from);
  }

  #onStatus(status: "disconnected" | "reconnected"): void {
    if (status === "disconnected") return;
    this.#detector.keepQuiet();
    this.#links.reconnected();
    void this.lease.renew();
  }

  /** The table is away, or its leader: what it says when it is back may be old news to everybody. */
  #onTableFailure(error: unknown): void {
    this.#tableFailed = true;
    this.#options.problem(error);
  }

  #onTableAnswer(): void {
    if (!this.#tableFailed) return;
    this.#tableFailed = false;
    this.#detector.keepQuiet();
  }

  /** Another node has said that this one is gone: nothing that it holds back may leave. Then it starts anew. */
  #losePlace(): void {
    if (this.#isClosing || this.#isRejoining) return;
    this.#isRejoining = true;
    this.membership.hasPlace = false;
    this.lease.end();
    this.#host.events.publish({ type: "node-lost-place", level: "error", ...this.membership.address });
    this.#host.local.abandon(() => true);
    void this.#rejoin();
  }

  async #rejoin(): Promise<void> {
    while (!this.#isClosing) {
      try {
        await this.membership.freed(this.#options.problem);
        if (!this.#isClosing) await this.#join();
        break;
      } catch (error) {
        this.#options.problem(error);
        await this.#pause(rejoinMs);
      }
    }
    this.#isRejoining = false;
    this.routing.viewChanged();
    this.#links.repeat();
  }

  /** Only who has a lease, and so has lately spoken with the table, says such things; but all of their own id. */
  #remove(gone: NodeAddress, reason: string): void {
    const maySpeak = this.lease.granted() || gone.node === this.membership.address.node;
    if (!maySpeak || this.#tableFailed || !this.#backend.transport.isConnected) return;
    this.#host.events.publish({ type: "node-removed", level: "warn", ...gone, reason });
    this.membership.remove(gone).catch(this.#options.problem);
  }

  #atMost(withinMs: number, done: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#host.scheduler.after(withinMs, resolve);
      void done.then(() => {
        cancel();
        resolve();
      });
    });
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#host.scheduler.after(delayMs, resolve));
  }

  #writer(): Writer {
    const { membership } = this;
    return {
      get node() {
        return membership.address.node;
      },
      get epoch() {
        return membership.address.epoch;
      },
    };
  }

  /** Gone for good: it said so itself, or it was removed so long ago that its lease has run out everywhere. */
  #isGone(writer: Writer): boolean {
    const state = this.membership.view.stateOf(writer);
    if (state === "left") return true;
    return state === "removed" && (this.membership.removedSince(writer) ?? 0) > this.#options.leaseMs;
  }
}

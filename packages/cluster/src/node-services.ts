// What a node does besides passing messages on: it answers other nodes, watches for its actors, runs singletons, describes
// the cluster, and takes its leave. Each is told here of views and of the node's end.
import type { ActorAddress, LocalActors, PluginHost } from "@aether/actor";
import { Describing, type OwnFigures } from "./describing.ts";
import { sayFarewell } from "./farewell.ts";
import type { Lease } from "./lease.ts";
import type { Membership } from "./membership.ts";
import { NodeRequests } from "./node-requests.ts";
import { RemoteWatches } from "./remote-watches.ts";
import type { Routing } from "./routing.ts";
import { Singletons } from "./singletons.ts";
import type { ClusterView } from "./view.ts";
import { WatchedHere } from "./watched-here.ts";

export interface NodeServicesParts {
  readonly host: PluginHost;
  readonly membership: Membership;
  readonly lease: Lease;
  readonly singletons: readonly ActorAddress[];
  readonly routing: () => Routing;
  /** Asks of this node that have no answer yet. */
  readonly waiting: () => number;
  readonly problem: (error: unknown) => void;
}

export class NodeServices {
  /** The actors of this node as messages reach them. */
  readonly local: LocalActors;
  readonly watches: RemoteWatches;
  readonly describing: Describing;
  readonly #parts: NodeServicesParts;
  readonly #requests: NodeRequests;
  readonly #watchedHere: WatchedHere;
  readonly #singletons: Singletons;

  constructor(parts: NodeServicesParts) {
    const { host, membership, lease, routing, problem } = parts;
    this.#parts = parts;
    this.#requests = new NodeRequests({
      host,
      self: () => membership.address.node,
      isPresent: (address) => membership.view.isPresent(address),
      send: (envelope) => routing().send(envelope),
      resend: (envelope, why) => routing().resend(envelope, why),
    });
    const shared = {
      host,
      local: host.local,
      scheduler: host.scheduler,
      membership,
      requests: this.#requests,
      ownership: {
        ownerOf: (actor: ActorAddress) => routing().ownerOf(actor),
        isOwn: (actor: ActorAddress) => routing().isOwn(actor),
      },
    };
    this.#watchedHere = new WatchedHere(shared);
    this.watches = new RemoteWatches({ ...shared, problem });
    this.#singletons = new Singletons({ ...shared, lease, routing }, parts.singletons);
    this.local = this.#requests.besides(host.local, (envelope) => this.#singletons.hold(envelope));
    this.describing = new Describing({ ...shared, lease, figures: () => this.#figures() });
    this.#requests.on("greet", () => true);
    host.events.on("system-started", () => this.#singletons.begin());
  }

  /** Ahead of the messages that wait for this view. */
  viewChanged(view: ClusterView): void {
    this.#watchedHere.follow(view);
    this.watches.follow(view);
    this.#singletons.viewChanged();
  }

  /** Once per heartbeat. */
  look(): void {
    this.#singletons.look();
  }

  /** Nothing is begun here any more. */
  drain(): void {
    this.#singletons.end();
  }

  /** The last that is said before this node has left. */
  async takeLeave(): Promise<void> {
    const { host, membership, waiting } = this.#parts;
    const { clock, scheduler } = host;
    const others = (): string[] => {
      const { view, address } = membership;
      const present = [...view.nodes.values()].filter((known) => view.isPresent(known));
      return present.map(({ node }) => node).filter((node) => node !== address.node);
    };
    await sayFarewell({ clock, scheduler, requests: this.#requests, others, waiting });
  }

  close(): void {
    this.#requests.close();
    this.watches.close();
  }

  #figures(): OwnFigures {
    return {
      asks: this.#parts.waiting(),
      watching: this.watches.size,
      watched: this.#watchedHere.size,
      singletons: this.#singletons.here(),
    };
  }
}

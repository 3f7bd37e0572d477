// The lines to other nodes: made at first use, one for each start of a node, closed when the view says that it is over.
import type { Outbound, PluginHost } from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import type { Transport } from "./contracts/transport.ts";
import type { FailureDetector } from "./failure-detector.ts";
import type { Membership } from "./membership.ts";
import { PeerLink, type PeerLinkHost } from "./peer-link.ts";
import type { ClusterView } from "./view.ts";

export interface PeerLinksParts {
  readonly host: PluginHost;
  readonly membership: Membership;
  readonly transport: Transport;
  readonly detector: FailureDetector;
  readonly outbound: Outbound;
}

export class PeerLinks {
  readonly #links = new Map<string, PeerLink>();
  readonly #linkHost: PeerLinkHost;
  readonly #membership: Membership;

  constructor({ host, membership, transport, detector, outbound }: PeerLinksParts) {
    this.#membership = membership;
    this.#linkHost = {
      clock: host.clock,
      scheduler: host.scheduler,
      transport,
      header: () => ({ from: membership.address, revision: membership.view.revision }),
      nobodyListens: (to, lookAgain) => detector.nobodyListens(to, lookAgain),
      heard: (from) => detector.heard(from),
      undelivered: (envelope, why) => outbound.resend(envelope, why),
      sendAgain: (envelope) => outbound.resend(envelope, { reason: "node-gone", revision: undefined }),
      refuse: (envelope, error) => {
        if (envelope.reply?.wantsReply === true) envelope.reply.fail(error);
        else host.deadLetter(envelope, error.message, error);
      },
    };
  }

  to({ node, epoch }: NodeAddress): PeerLink {
    const key = `${epoch} ${node}`;
    const found = this.#links.get(key);
    if (found !== undefined) return found;
    const link = new PeerLink(this.#linkHost, { node, epoch });
    this.#links.set(key, link);
    return link;
  }

  /** Closes the lines to what the view says is over; what waited on them is sent again by the new view. */
  follow(view: ClusterView): void {
    for (const [key, link] of this.#links) {
      const state = view.stateOf(link.to);
      if (state === undefined || view.isPresent(link.to)) continue;
      this.#links.delete(key);
      link.close();
    }
  }

  /** All others are told, also those that this node has no line to: what they sent first may be lost. */
  reconnected(): void {
    const { view, address } = this.#membership;
    for (const known of view.nodes.values()) {
      if (known.node !== address.node && view.isPresent(known)) this.to(known);
    }
    for (const link of this.#links.values()) link.reconnected();
  }

  /** This node has another address: answers to what it asked before go astray. */
  repeat(): void {
    for (const link of this.#links.values()) link.repeat();
  }

  closeAll(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }
}

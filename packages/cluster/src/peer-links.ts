// The lines to other nodes: made at first use, one for each start of a node, closed when the view says that it is over.
import type { Outbound, PluginHost } from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import type { Transport } from "./contracts/transport.ts";
import type { FailureDetector } from "./failure-detector.ts";
import type { Membership } from "./membership.ts";
import { PeerLink } from "./peer-link.ts";
import type { PeerLinkHost } from "./peer-link-host.ts";
import type { ClusterView } from "./view.ts";

export interface PeerLinksParts {
  readonly host: PluginHost;
  readonly membership: Membership;
  readonly transport: Transport;
  readonly detector: FailureDetector;
  readonly outbound: Outbound;
}

const maxStrangers = 64;

export class PeerLinks {
  readonly #links = new Map<string, PeerLink>();
  readonly #linkHost: PeerLinkHost;
  readonly #membership: Membership;
  #isClosed = false;
  #lastLine = 0;
  #lastMessage = 0;

  constructor({ host, membership, transport, detector, outbound }: PeerLinksParts) {
    this.#membership = membership;
    this.#linkHost = {
      clock: host.clock,
      scheduler: host.scheduler,
      transport,
      header: () => ({ from: membership.address, revision: membership.view.revision }),
      nextLine: () => ++this.#lastLine,
      nextMessage: () => ++this.#lastMessage,
      nobodyListens: (to, lookAgain) => detector.nobodyListens(to, lookAgain),
      heard: (from) => detector.listens(from),
      undelivered: (envelope, why) => outbound.resend(envelope, why),
      sendAgain: (envelope) => outbound.resend(envelope, { reason: "node-gone", revision: undefined }),
      refuse: (envelope, error) => {
        if (this.#isClosed && envelope.reply?.wantsReply === true) return; // its system tells it that it has stopped
        if (envelope.reply?.wantsReply === true) envelope.reply.fail(error);
        else host.deadLetter(envelope, error.message, error);
      },
    };
  }

  /** Asks of this node that have no answer yet. */
  get waiting(): number {
    return [...this.#links.values()].reduce((sum, link) => sum + link.waiting, 0);
  }

  to(address: NodeAddress): PeerLink {
    const { node, epoch } = address;
    const key = `${epoch} ${node}`;
    const found = this.#links.get(key);
    if (found !== undefined) return found;
    const link = new PeerLink(this.#linkHost, { node, epoch });
    this.#links.set(key, link);
    if (!this.#membership.view.isPresent(address)) this.#limitStrangers();
    return link;
  }

  /** Closes the lines to what the view says is over; what waited on them is sent again by the new view. */
  follow(view: ClusterView): void {
    for (const [key, link] of this.#links) {
      if (!view.isOver(link.to)) continue;
      this.#links.delete(key);
      link.close();
    }
  }

  reconnected(): void {
    for (const link of this.#links.values()) link.reconnected();
  }

  /** This node has another address: answers to what it asked before go astray. */
  readdress(): void {
    for (const link of this.#links.values()) link.readdress();
  }

  /** For good. */
  stop(): void {
    this.#isClosed = true;
    this.closeAll();
  }

  closeAll(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  /** Anybody may claim to be a node that this one does not know (yet): of such lines the oldest gives way. */
  #limitStrangers(): void {
    const { view } = this.#membership;
    const strangers = [...this.#links].filter(([, link]) => !view.isPresent(link.to));
    if (strangers.length <= maxStrangers) return;
    for (const [key, link] of strangers.slice(0, strangers.length - maxStrangers)) {
      this.#links.delete(key);
      link.close();
    }
  }
}

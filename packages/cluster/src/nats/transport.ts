// Frames over core NATS: one subject per start of a node, so that a frame for a dead one meets nobody and the server says
// so within a round trip. (A wildcard subscriber on these subjects would hide that; heartbeats remain.)
import type { Link } from "@aether/nats";
import type { NodeAddress } from "../contracts/node.ts";
import type { Peer, PeerListener, Transport, TransportStatus } from "../contracts/transport.ts";
import type { ClusterNames } from "./names.ts";
import { isProbeReply } from "./probe-reply.ts";

const probe = Buffer.from("?");
const noResponders = 503;

export class NatsTransport implements Transport {
  readonly #link: Link;
  readonly #names: ClusterNames;
  /** The servers of the NATS cluster, as the one that this node is connected to says. */
  #servers: readonly string[] = [];
  #losses = 0;

  constructor(link: Link, names: ClusterNames) {
    this.#link = link;
    this.#names = names;
  }

  get maxFrameBytes(): number {
    return this.#link.maxPayloadBytes - 1_024;
  }

  get isConnected(): boolean {
    return this.#link.isConnected;
  }

  /** A server tells its clients at once when another one of its cluster is gone, unless it is set not to (`no_advertise`). */
  get losses(): number {
    const servers = this.#link.connection.info?.connect_urls ?? [];
    if (servers.length === 0) return this.#losses;
    if (this.#servers.some((server) => !servers.includes(server))) this.#losses++;
    this.#servers = servers;
    return this.#losses;
  }

  listen(self: NodeAddress, receive: (frame: Uint8Array) => void): () => void {
    return this.#link.subscribe(this.#names.nodeSubjectOf(self), ({ data, reply }) => {
      if (data.length !== probe.length || data[0] !== probe[0]) receive(data);
      else if (reply !== undefined && isProbeReply(reply, this.#names.prefix)) this.#trySend(reply, probe);
    });
  }

  /** Every frame has a reply address that names it: the server answers there that nobody listens. */
  connect(to: NodeAddress, listener: PeerListener): Peer {
    const subject = this.#names.nodeSubjectOf(to);
    const replies = this.#link.openReplyAddress(({ status, subject: address }) => {
      if (status === noResponders) listener.nobodyListens(Number(address.slice(address.lastIndexOf(".") + 1)));
      else listener.alive();
    });
    return {
      send: (frame, n) => this.#trySend(subject, frame, `${replies.subject}.${n}`),
      probe: () => void this.#trySend(subject, probe, `${replies.subject}.0`),
      close: () => replies.close(),
    };
  }

  broadcast(beat: Uint8Array): void {
    this.#trySend(this.#names.beat, beat);
  }

  onBroadcast(receive: (beat: Uint8Array) => void): () => void {
    return this.#link.subscribe(this.#names.beat, ({ data }) => receive(data));
  }

  onStatus(listener: (status: TransportStatus) => void): () => void {
    return this.#link.onStatus((status) => {
      if (status !== "closed") listener(status);
    });
  }

  /** Between a break and its notice the link may take what is then lost; asks and heartbeats bear that. */
  #trySend(subject: string, data: Uint8Array, reply?: string): boolean {
    if (!this.#link.isConnected) return false;
    try {
      this.#link.publish(subject, data, reply);
      return true;
    } catch (error) {
      if ((error as { retryable?: boolean }).retryable === true) return false;
      throw error;
    }
  }
}

// Bytes from node to node: at most once, in order per pair of nodes, and with one promise more than most networks make:
// what nobody listens for is reported.
import type { NodeAddress } from "./node.ts";

export type TransportStatus = "disconnected" | "reconnected";

export interface Peer {
  /**
   * @param n the caller's number for the frame, from 1
   * @returns false when it cannot be sent now; nothing was sent then
   */
  send(frame: Uint8Array, n: number): boolean;
  /** Asks for a sign of life, which comes as `alive` or `nobodyListens`, or not at all. */
  probe(): void;
  close(): void;
}

export interface PeerListener {
  /** A frame (0: a probe) met nobody and was certainly not received: the node is gone, or not there yet. */
  nobodyListens(n: number): void;
  alive(): void;
}

export interface Transport {
  readonly maxFrameBytes: number;
  /** Takes what is sent to this node from now on, and answers probes. */
  listen(self: NodeAddress, receive: (frame: Uint8Array) => void): () => void;
  connect(to: NodeAddress, listener: PeerListener): Peer;
  /** To all nodes that are connected, at most once, unordered. */
  broadcast(beat: Uint8Array): void;
  onBroadcast(receive: (beat: Uint8Array) => void): () => void;
  readonly isConnected: boolean;
  /**
   * Counts losses of parts of the network that other nodes may be connected to, as far as that is known: for a moment
   * nobody listens for those, though they live.
   */
  readonly losses?: number;
  onStatus(listener: (status: TransportStatus) => void): () => void;
}

// A transport that does to messages from node to node what a test says: loses, delays or doubles them, one way or both. It
// keeps the order of a pair of nodes, as every transport must.
import { type Scheduler, systemScheduler } from "@aether/actor";
import type { NodeAddress, NodeId } from "../contracts/node.ts";
import type { Peer, PeerListener, Transport } from "../contracts/transport.ts";
import { InOrder } from "./in-order.ts";

/** A frame carries messages of actors, a probe asks for a sign of life, a beat gives one to everybody. */
export type LinkOperation = "frame" | "probe" | "beat";

/** One message, before it is sent. */
export interface LinkCall {
  readonly operation: LinkOperation;
  /** Counts the messages of this operation from one node to the other, from 1. */
  readonly n: number;
  readonly from: NodeId;
  readonly to: NodeId;
}

export type LinkFault =
  /** Nobody is told. */
  | { readonly type: "lose" }
  /** Arrives twice. */
  | { readonly type: "duplicate" }
  /** Leaves only then, and what comes behind it, too. */
  | { readonly type: "wait"; readonly until: Promise<unknown> }
  /** The same, so many milliseconds later. */
  | { readonly type: "delay"; readonly ms: number };

/** Decides for each message; `undefined` lets it through. */
export type LinkFaults = (call: LinkCall) => LinkFault | undefined;

export interface FaultyTransportOptions {
  /** Whose transport it is. */
  readonly node: NodeId;
  /** What `delay` waits by. @default the system's */
  readonly scheduler?: Scheduler;
}

/** The same transport, whose messages meet the faults. All nodes of a cluster must have one: their beats say whose they are. */
export function faultyTransport(transport: Transport, faults: LinkFaults, options: FaultyTransportOptions): Transport {
  return new FaultyTransport(transport, faults, options);
}

class FaultyTransport implements Transport {
  readonly #inner: Transport;
  readonly #faults: LinkFaults;
  readonly #node: NodeId;
  readonly #scheduler: Scheduler;
  readonly #counts = new Map<string, number>();
  /** By direction. */
  readonly #ways = new Map<string, InOrder>();

  constructor(inner: Transport, faults: LinkFaults, { node, scheduler = systemScheduler }: FaultyTransportOptions) {
    this.#inner = inner;
    this.#faults = faults;
    this.#node = node;
    this.#scheduler = scheduler;
  }

  get maxFrameBytes(): number {
    return this.#inner.maxFrameBytes;
  }

  get isConnected(): boolean {
    return this.#inner.isConnected;
  }

  get losses(): number {
    return this.#inner.losses ?? 0;
  }

  listen(self: NodeAddress, receive: (frame: Uint8Array) => void): () => void {
    return this.#inner.listen(self, receive);
  }

  connect(to: NodeAddress, listener: PeerListener): Peer {
    const peer = this.#inner.connect(to, listener);
    const carry = (operation: LinkOperation, send: () => void): void =>
      this.#carry({ operation, from: this.#node, to: to.node }, send);
    return {
      send: (frame, n) => {
        if (frame.length > this.maxFrameBytes) return peer.send(frame, n); // which says what is wrong with it
        if (!this.isConnected) return false;
        let isSent = true; // what is lost or held up was taken
        carry("frame", () => (isSent = peer.send(frame, n)));
        return isSent;
      },
      probe: () => carry("probe", () => peer.probe()),
      close: () => peer.close(),
    };
  }

  broadcast(beat: Uint8Array): void {
    const name = Buffer.from(this.#node);
    this.#inner.broadcast(Buffer.concat([Uint8Array.of(name.length), name, beat]));
  }

  onBroadcast(receive: (beat: Uint8Array) => void): () => void {
    return this.#inner.onBroadcast((bytes) => {
      const end = 1 + (bytes[0] ?? 0);
      const from = Buffer.from(bytes.subarray(1, end)).toString();
      this.#carry({ operation: "beat", from, to: this.#node }, () => receive(bytes.subarray(end)));
    });
  }

  onStatus(listener: Parameters<Transport["onStatus"]>[0]): () => void {
    return this.#inner.onStatus(listener);
  }

  #carry(call: Omit<LinkCall, "n">, pass: () => void): void {
    const direction = `${call.from} ${call.to}`;
    const counted = `${call.operation} ${direction}`;
    const n = (this.#counts.get(counted) ?? 0) + 1;
    this.#counts.set(counted, n);
    const way = this.#ways.get(direction) ?? new InOrder();
    this.#ways.set(direction, way);
    const fault = this.#faults({ ...call, n });
    if (fault?.type === "lose") return;
    if (fault?.type === "wait") return way.pass(pass, fault.until);
    if (fault?.type === "delay") return way.pass(pass, this.#after(fault.ms));
    way.pass(pass);
    if (fault?.type === "duplicate") way.pass(pass);
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#scheduler.after(ms, resolve));
  }
}

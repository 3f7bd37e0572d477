// Several logical nodes in one process: a member table and a transport in memory. A node can be cut off, as a crash or a
// partition would do it: what it sends is lost, and whoever sends to it learns that nobody listens.
import type { MemberTable, TableEntry, TableWatcher } from "../contracts/member-table.ts";
import type { NodeAddress, NodeId, NodeRecord } from "../contracts/node.ts";
import type { Peer, PeerListener, Transport, TransportStatus } from "../contracts/transport.ts";

type Receive = (bytes: Uint8Array) => void;

const maxFrameBytes = 1_048_576;

interface Watching {
  readonly node: NodeId;
  readonly tell: TableWatcher;
}

/** What all nodes of one system share. */
export class MemoryNetwork {
  readonly entries: Map<NodeId, TableEntry> = new Map();
  /** Two that use one node id watch each for itself. */
  readonly watchers: Set<Watching> = new Set();
  readonly listeners: Map<string, Receive> = new Map();
  readonly beats: Map<NodeId, Set<Receive>> = new Map();
  readonly statuses: Map<NodeId, Set<(status: TransportStatus) => void>> = new Map();
  readonly #cut = new Set<NodeId>();
  revision = 0;

  isCut(node: NodeId): boolean {
    return this.#cut.has(node);
  }

  /** Cuts the node off: it reaches neither the table nor other nodes. */
  cut(node: NodeId): void {
    this.#cut.add(node);
    this.#tell(node, "disconnected");
  }

  /** Connects it again; it learns what it missed. */
  heal(node: NodeId): void {
    this.#cut.delete(node);
    this.#tell(node, "reconnected");
    for (const watcher of this.watchers) {
      if (watcher.node === node) for (const entry of this.inOrder()) watcher.tell(entry);
    }
  }

  inOrder(): TableEntry[] {
    return [...this.entries.values()].toSorted((a, b) => a.revision - b.revision);
  }

  #tell(node: NodeId, status: TransportStatus): void {
    for (const listener of this.statuses.get(node) ?? []) listener(status);
  }
}

export class MemoryTable implements MemberTable {
  readonly #network: MemoryNetwork;
  readonly #node: NodeId;
  readonly #watching = new Set<Watching>();

  constructor(network: MemoryNetwork, node: NodeId) {
    this.#network = network;
    this.#node = node;
  }

  async read(node: NodeId): Promise<TableEntry | undefined> {
    this.#reach();
    return this.#network.entries.get(node);
  }

  async newest(): Promise<number> {
    this.#reach();
    return this.#network.revision;
  }

  async write(record: NodeRecord, expectedRevision: number): Promise<number | undefined> {
    this.#reach();
    const { entries, watchers } = this.#network;
    if ((entries.get(record.node)?.revision ?? 0) !== expectedRevision) return undefined;
    const entry: TableEntry = { record: { ...record }, revision: ++this.#network.revision };
    entries.set(record.node, entry);
    for (const { node, tell } of watchers) if (!this.#network.isCut(node)) tell(entry);
    return entry.revision;
  }

  async watch(watcher: TableWatcher): Promise<() => void> {
    this.#reach();
    for (const entry of this.#network.inOrder()) watcher(entry);
    const watching: Watching = { node: this.#node, tell: watcher };
    this.#watching.add(watching);
    this.#network.watchers.add(watching);
    return () => void this.#network.watchers.delete(watching);
  }

  close(): void {
    for (const watching of this.#watching) this.#network.watchers.delete(watching);
  }

  #reach(): void {
    if (this.#network.isCut(this.#node)) throw new Error(`node "${this.#node}" does not reach the table`);
  }
}

export class MemoryTransport implements Transport {
  readonly maxFrameBytes: number = maxFrameBytes;
  readonly #network: MemoryNetwork;
  readonly #node: NodeId;
  readonly #later: (task: () => void) => void;

  /** @param later runs a delivery after the code that sent it */
  constructor(network: MemoryNetwork, node: NodeId, later: (task: () => void) => void) {
    this.#network = network;
    this.#node = node;
    this.#later = later;
  }

  get isConnected(): boolean {
    return !this.#network.isCut(this.#node);
  }

  listen(self: NodeAddress, receive: Receive): () => void {
    const key = keyOf(self);
    this.#network.listeners.set(key, receive);
    return () => this.#network.listeners.delete(key);
  }

  connect(to: NodeAddress, listener: PeerListener): Peer {
    const deliver = (frame: Uint8Array | undefined, n: number): void =>
      this.#later(() => {
        if (!this.isConnected) return;
        const receive = this.#network.isCut(to.node) ? undefined : this.#network.listeners.get(keyOf(to));
        if (receive === undefined) listener.nobodyListens(n);
        else if (frame === undefined) listener.alive();
        else receive(frame);
      });
    return {
      send: (frame, n) => {
        if (frame.length > maxFrameBytes) throw new RangeError(`a frame of ${frame.length} bytes does not travel`);
        if (this.isConnected) deliver(frame, n);
        return this.isConnected;
      },
      probe: () => deliver(undefined, 0),
      close: () => undefined,
    };
  }

  broadcast(beat: Uint8Array): void {
    if (!this.isConnected) return;
    this.#later(() => {
      for (const [node, receivers] of this.#network.beats) {
        if (!this.#network.isCut(node)) for (const receive of receivers) receive(beat);
      }
    });
  }

  onBroadcast(receive: Receive): () => void {
    return register(this.#network.beats, this.#node, receive);
  }

  onStatus(listener: (status: TransportStatus) => void): () => void {
    return register(this.#network.statuses, this.#node, listener);
  }
}

function keyOf({ node, epoch }: NodeAddress): string {
  return `${epoch} ${node}`;
}

function register<T>(map: Map<NodeId, Set<T>>, node: NodeId, listener: T): () => void {
  const listeners = map.get(node) ?? new Set<T>();
  map.set(node, listeners.add(listener));
  return () => listeners.delete(listener);
}

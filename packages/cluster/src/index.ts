// Several processes, one system: the plugin, and the contracts that another engine than NATS would implement.
export { cluster, type ClusterApi, type ClusterOptions } from "./cluster.ts";
export type { BackendScope, ClusterBackend, OpenBackend } from "./contracts/backend.ts";
export type { MemberTable, TableEntry, TableWatcher } from "./contracts/member-table.ts";
export type { NodeAddress, NodeId, NodeRecord, NodeState } from "./contracts/node.ts";
export type { Ownership, Placement } from "./contracts/ownership.ts";
export type { Peer, PeerListener, Transport, TransportStatus } from "./contracts/transport.ts";
export { BadFrame, MessageTooLarge, NodeGone, NotJoined, Overloaded } from "./errors.ts";
export type { NatsOptions } from "./nats/index.ts";
export { rendezvous } from "./placement.ts";
export { ownership } from "./ports.ts";
export type { ClusterEventType } from "./system-events.ts";
export { ClusterView, type KnownNode } from "./view.ts";

// Several processes, one system: the plugin, and the contracts that another engine than NATS would implement.
export { cluster, type ClusterApi, type ClusterOptions, type Singleton } from "./cluster.ts";
export type {
  ClusterDescription,
  DeadLetterLook,
  DeadLetterReport,
  DeadLetterSummary,
  LookOptions,
  NodeDescription,
  NodeFigures,
} from "./describing.ts";
export type { BackendScope, ClusterBackend, OpenBackend } from "./contracts/backend.ts";
export type {
  BusRecord,
  BusRecords,
  ClassOptions,
  EventBus,
  EventSourcedActorClass,
  EventSubscription,
  From,
  InstanceEvent,
  NameOptions,
  ParkedEvent,
  StoredEvent,
  StoredEventHandler,
  SubscribeOptions,
} from "./contracts/event-bus.ts";
export type { MemberTable, TableEntry, TableWatcher } from "./contracts/member-table.ts";
export type { NodeAddress, NodeId, NodeRecord, NodeState } from "./contracts/node.ts";
export { epochOf } from "./epoch.ts";
export type { Ownership, Placement } from "./contracts/ownership.ts";
export type { Peer, PeerListener, Transport, TransportStatus } from "./contracts/transport.ts";
export {
  AnswerLost,
  BadFrame,
  BusClosed,
  CheckpointFailed,
  EventGap,
  EventParked,
  LogTruncated,
  MessageTooLarge,
  NodeGone,
  NodeSilent,
  NotJoined,
  Overloaded,
  PositionAheadOfLog,
  SlowConsumer,
  SubscriptionTaken,
  TooManyParked,
} from "./errors.ts";
export { NatsEventBus, type NatsEventBusOptions, type UpdateVersionCache } from "./nats/event-bus.ts";
export type { NatsOptions } from "./nats/index.ts";
export { type ClusterNames, namesOf } from "./nats/names.ts";
export { rendezvous } from "./placement.ts";
export { ownership } from "./ports.ts";
export type { ClusterEventType } from "./system-events.ts";
export { ClusterView, type KnownNode } from "./view.ts";

// Durable actors: the base class, its policies, the plugin, and the contracts that a backend implements.
export type { OpenStores, StoreBackend } from "./contracts/backend.ts";
export type {
  ActorKey,
  AppendOutcome,
  Committed,
  Conflict,
  EventStore,
  Rejected,
  StoredAt,
  StoredCommit,
  Token,
} from "./contracts/event-store.ts";
export type { SnapshotStore, StoredSnapshot } from "./contracts/snapshot-store.ts";
export {
  CommandAlreadyDone,
  CommandForgotten,
  CommandIdReused,
  CommitRejected,
  CommitTooLarge,
  HistoryDamaged,
  HistoryLost,
  IncarnationLost,
  NoOpenTurn,
  RecoveryTimeout,
  ReplayFailed,
  StoreClosed,
  StoreMisconfigured,
  UnknownEvent,
} from "./errors.ts";
export { EventSourcedActor } from "./event-sourced-actor.ts";
export type { DomainEvent, EventMeta, Events } from "./events.ts";
export type { PersistenceMetrics, SnapshotMetrics } from "./metrics.ts";
export { persistence, type PersistenceApi, type PersistenceOptions } from "./persistence.ts";
export { type Writer, type Writers, writers } from "./ports.ts";
export type { CommandHorizon } from "./remembered-commands.ts";
export {
  atVersions,
  everyNEvents,
  hybrid,
  type HybridOptions,
  noSnapshots,
  type SinceSnapshot,
  type SnapshotPolicy,
} from "./snapshot-policy.ts";
export type { PersistenceEventType } from "./system-events.ts";

// Durable actors: the base class, its policies, the plugin, and the contracts that a backend implements.
export { StoreAccessDenied, StoreNotProvisioned } from "./access-errors.ts";
export { type Codec, jsonCodec } from "./codec.ts";
export { CommitReader, type ReadCommit, type ReadEvent, type UnreadableEvent } from "./commit-reading.ts";
export type { SnapshotCompression } from "./compression.ts";
export type { OpenStores, StoreBackend } from "./contracts/backend.ts";
export type { EventLog, LogBounds, LogFilter, LoggedCommit, LogListener, ToldCommit } from "./contracts/event-log.ts";
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
export type { HistoryOptions, PersistenceApi } from "./api.ts";
export {
  ActorDeleted,
  CommandAlreadyDone,
  CommandForgotten,
  CommandIdReused,
  CommandInterrupted,
  CommitRejected,
  CommitTooLarge,
  HistoryDamaged,
  HistoryLost,
  IncarnationLost,
  NoOpenTurn,
  OutcomeUnknown,
  RecoveryTimeout,
  ReplayFailed,
  SnapshotTooLarge,
  StateNotStorable,
  StoreClosed,
  StoreDriverMissing,
  StoreFailed,
  StoreFormatUnknown,
  StoreInUse,
  StoreMisconfigured,
  UnknownCodec,
  UnknownEvent,
  VersionNotReached,
} from "./errors.ts";
export { EventSourcedActor } from "./event-sourced-actor.ts";
export type { DomainEvent, EventMeta, Events } from "./events.ts";
export type { CapturedPast, EventOf, History, PastEvent, PastMoment, PastRange } from "./history.ts";
export type {
  PersistenceMetrics,
  RecoveryMetrics,
  RecoveryStages,
  ReplaySize,
  RetentionMetrics,
  SnapshotMetrics,
} from "./metrics.ts";
export { persistence } from "./persistence.ts";
export type { PersistenceOptions } from "./persistence-options.ts";
export { type Writer, type Writers, writers } from "./ports.ts";
export type { CommandHorizon } from "./named-commands.ts";
export type { Retention } from "./retention.ts";
export {
  atVersions,
  bounded,
  everyNEvents,
  hybrid,
  type HybridOptions,
  noSnapshots,
  type SinceSnapshot,
  type SnapshotBounds,
  type SnapshotPolicy,
  type SnapshotReason,
  type SnapshotTrigger,
} from "./snapshot-policy.ts";
export type { PersistenceEventType } from "./system-events.ts";
export type { RetiredEvents, Upcaster, UpcasterChain, Upcasters } from "./upcasting.ts";

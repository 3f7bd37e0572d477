// The facts of this package among the system's events.
import type { SystemEvent } from "@aether/actor";
import type { RecoveryStages } from "./metrics.ts";
import type { SnapshotReason } from "./snapshot-policy.ts";

declare module "@aether/actor" {
  interface SystemEventTypes {
    /** The store did not say what became of a commit; the same commit is tried again until it does. */
    "append-unknown": { readonly address: string; readonly attempt: number; readonly error: unknown };
    "actor-recovered": {
      readonly address: string;
      readonly version: number;
      readonly snapshotVersion: number;
      readonly eventsReplayed: number;
      readonly tookMs: number;
      readonly stages: RecoveryStages;
    };
    /** The activation fails with this error; `stages` says what the time went into. */
    "recovery-failed": { readonly address: string; readonly error: unknown; readonly stages: RecoveryStages };
    /** `onStart`, the last stage of an activation, has ended well. */
    "actor-started": { readonly address: string; readonly tookMs: number };
    "snapshot-saved": {
      readonly address: string;
      readonly version: number;
      readonly bytes: number;
      readonly tookMs: number;
      readonly reason: SnapshotReason;
    };
    "snapshot-failed": { readonly address: string; readonly version: number; readonly error: unknown };
    "snapshot-unusable": { readonly address: string; readonly reason: string };
    /** Events that a kept snapshot covers were deleted: those of commits up to this token. */
    "history-truncated": { readonly address: string; readonly upTo: number };
    "truncation-failed": { readonly address: string; readonly error: unknown };
    "actor-deleted": { readonly address: string; readonly version: number };
    "recovery-retried": { readonly address: string; readonly error: unknown };
    "store-warning": { readonly store: string; readonly message: string };
  }
}

/** The names of the facts that persistence adds. */
export type PersistenceEventType = Extract<
  SystemEvent["type"],
  | "append-unknown"
  | "actor-recovered"
  | "snapshot-saved"
  | "snapshot-failed"
  | "snapshot-unusable"
  | "recovery-retried"
  | "recovery-failed"
  | "actor-started"
  | "history-truncated"
  | "truncation-failed"
  | "actor-deleted"
  | "store-warning"
>;

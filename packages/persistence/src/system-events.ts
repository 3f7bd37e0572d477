// The facts of this package among the system's events.
import type { SystemEvent } from "@aether/actor";

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
    };
    "snapshot-saved": {
      readonly address: string;
      readonly version: number;
      readonly bytes: number;
      readonly tookMs: number;
    };
    "snapshot-failed": { readonly address: string; readonly version: number; readonly error: unknown };
    "snapshot-unusable": { readonly address: string; readonly reason: string };
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
  | "store-warning"
>;

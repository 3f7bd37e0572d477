// The facts of this package among the system's events.
import type { SystemEvent } from "@aether/actor";

declare module "@aether/actor" {
  interface SystemEventTypes {
    "node-joined": { readonly node: string; readonly epoch: number };
    /** This node's view has changed. */
    "view-changed": { readonly node: string; readonly revision: number; readonly up: readonly string[] };
    /** This node says in the table that another one is gone. */
    "node-removed": { readonly node: string; readonly epoch: number; readonly reason: string };
    /** This node was removed: it stopped what it ran, and joins again. */
    "node-lost-place": { readonly node: string; readonly epoch: number };
    /** Something in the background went wrong and will be tried again. */
    "cluster-problem": { readonly node: string; readonly error: unknown };
  }
}

/** The names of the facts that the cluster adds. */
export type ClusterEventType = Extract<
  SystemEvent["type"],
  "node-joined" | "view-changed" | "node-removed" | "node-lost-place" | "cluster-problem"
>;

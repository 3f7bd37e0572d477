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
    /** A singleton has ended on the node that owns it, and is begun again after this pause. */
    "singleton-ended": { readonly address: string; readonly reason: string; readonly pauseMs: number };
    /**
     * Actors of this node that may have been active on another one as well, and for how long at most, in milliseconds.
     * `moved`: from when this node saw that they belong elsewhere until they were gone; `removed`: from when this node last
     * knew to be in the table until it dropped them.
     */
    "activations-overlapped": {
      readonly node: string;
      readonly reason: "moved" | "removed";
      readonly count: number;
      readonly longestMs: number;
    };
    /** The machine was suspended for so long, or its clock was set: nothing leaves until the table confirms this node. */
    "clock-jumped": { readonly node: string; readonly ms: number };
    /** Something in the background went wrong and will be tried again. */
    "cluster-problem": { readonly node: string; readonly error: unknown };
  }
}

/** The names of the facts that the cluster adds. */
export type ClusterEventType = Extract<
  SystemEvent["type"],
  | "node-joined"
  | "view-changed"
  | "node-removed"
  | "node-lost-place"
  | "singleton-ended"
  | "activations-overlapped"
  | "clock-jumped"
  | "cluster-problem"
>;

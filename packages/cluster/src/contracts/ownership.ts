// Where actors live: a pure function of the view. No coordinator, no hand-off.
import type { ActorAddress } from "@aether/actor";
import type { NodeId, NodeRecord } from "./node.ts";

/**
 * Picks the owner among the candidates, which are the nodes that are up, host the type and have a weight, by their ids; the
 * same list until the cluster changes. It must answer the same on every node for the same candidates. `undefined` leaves the
 * actor nowhere: messages wait for the next change. One that throws, or names another node, ends asks by PlacementFailed
 * (`CLUSTER_PLACEMENT_FAILED`).
 */
export type Placement = (address: ActorAddress, candidates: readonly NodeRecord[]) => NodeRecord | undefined;

export interface Ownership {
  /** The node that owns the actor by this node's view; `undefined` when no node that is up hosts its type. @throws PlacementFailed */
  ownerOf(address: ActorAddress): NodeId | undefined;
  isOwn(address: ActorAddress): boolean;
}

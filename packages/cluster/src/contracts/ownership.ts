// Where actors live: a pure function of the view. No coordinator, no hand-off.
import type { ActorAddress } from "@aether/actor";
import type { NodeId, NodeRecord } from "./node.ts";

/** Picks the owner among the candidates: the same on every node for the same candidates. */
export type Placement = (address: ActorAddress, candidates: readonly NodeRecord[]) => NodeRecord | undefined;

export interface Ownership {
  /** The node that owns the actor by this node's view; `undefined` when no node that is up hosts its type. */
  ownerOf(address: ActorAddress): NodeId | undefined;
  isOwn(address: ActorAddress): boolean;
}

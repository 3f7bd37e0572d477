// What the cluster knows of one node.

export type NodeId = string;

/** One start of a node: a node that comes back under its id has a higher epoch. */
export interface NodeAddress {
  readonly node: NodeId;
  readonly epoch: number;
}

export type NodeState = "up" | "draining" | "left" | "removed";

export interface NodeRecord {
  readonly node: NodeId;
  /** The table's revision of its join, and its `start`; 0 in the record that joins, which does not know it yet. */
  readonly epoch: number;
  /** Drawn at the join, below 1,000,000: tells it from another one that gets the same revision after the table lost changes. */
  readonly start?: number;
  readonly state: NodeState;
  /** Its share of the actors, relative to other nodes. */
  readonly weight: number;
  /** The actor types that it hosts. */
  readonly types: readonly string[];
  /** The oldest and the newest version of the frames that it understands. @default [1, 1] */
  readonly protocols?: readonly [oldest: number, newest: number];
  /** The system that it belongs to. */
  readonly system?: string;
  /** Milliseconds since the epoch, for people. */
  readonly time: number;
}

// One fault, from its first moment until all is as before. What it needs of the run, and what it has shown.
import type { FaultKind } from "./fault-plan.ts";
import type { Feeder } from "./feeder.ts";
import type { Fleet } from "./fleet.ts";
import type { Handover } from "./handover.ts";
import type { Owners } from "./owners.ts";

export type Feed = Pick<Feeder, "done" | "total" | "outstanding">;

export interface FaultGround {
  readonly fleet: Fleet;
  readonly owners: Owners;
  readonly feed: Feed;
  readonly say: (line: string) => void;
  /** One of the nodes that are busy now, by the seed. */
  readonly victim: string;
  /** Settles when half of what is to be fed meanwhile is fed, or after a time without that. */
  readonly halfTime: Promise<void>;
  /** Lets the node's airports be watched: what is acknowledged from here on is noted. */
  readonly handover: (name: string) => Handover;
}

export type Fault = (ground: FaultGround) => Promise<void>;

/** All faults of one kind. */
export interface FaultRow {
  readonly kind: FaultKind;
  readonly count: number;
  /**
   * From the fault to the first command acknowledged by a new owner: the maximum over the lost nodes' airports that had a
   * command outstanding. 0 where no node is lost.
   */
  readonly failoverMs: number;
  /** How many airports that is the maximum of. */
  readonly failoverAirports: number;
  /** The longest that a command of the feed waited for its answer in the time of such a fault. */
  readonly longestWaitMs: number;
}

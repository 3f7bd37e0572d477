// Whether the member table can be believed: it may be away, come back, and come back older than it was (restored from a
// copy, or made anew). What cannot be is believed the second time only: a leader that was replaced without knowing it
// answers for a moment as if time had gone back.
import type { Clock } from "@aether/actor";
import type { MemberTable, TableEntry } from "./contracts/member-table.ts";
import type { NodeAddress, NodeId } from "./contracts/node.ts";
import { joinedAt } from "./epoch.ts";
import { TableRegressed } from "./errors.ts";
import type { Membership } from "./membership.ts";

export interface TableHealthParts {
  readonly table: MemberTable;
  readonly membership: Membership;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  /** It answers again after it had failed. */
  returned(): void;
  /** It is not the table any more that this node followed. */
  regressed(error: TableRegressed): void;
}

const maxLooks = 1_000;

export class TableHealth {
  /** The last question to it failed. */
  isAway = false;
  readonly #parts: TableHealthParts;
  /** When what the table says of a node was first doubted. */
  readonly #doubts = new Map<NodeId, number>();
  /** When a node was last looked up. */
  readonly #looks = new Map<NodeId, number>();

  constructor(parts: TableHealthParts) {
    this.#parts = parts;
  }

  failed(): void {
    this.isAway = true;
  }

  answered(): void {
    if (!this.isAway) return;
    this.isAway = false;
    this.#parts.returned();
  }

  /** True when what the table says of the node contradicts what this node has seen. */
  doubts(node: NodeId, entry: TableEntry | undefined): boolean {
    const { membership, clock, heartbeatMs } = this.#parts;
    const contradiction = membership.contradictionIn(node, entry);
    if (contradiction === undefined) {
      this.#doubts.delete(node);
      return false;
    }
    const since = this.#doubts.get(node) ?? clock.now();
    this.#doubts.set(node, since);
    if (clock.now() - since >= heartbeatMs / 2) this.#parts.regressed(contradiction);
    return true;
  }

  /**
   * A heartbeat that the view should explain and does not: that node follows another table, or this one does. An entry
   * which this node's watch never shows is found out in this way alone, and so is the loss of an entry that said this node
   * were gone.
   */
  heard(from: NodeAddress): void {
    const { membership, clock, heartbeatMs } = this.#parts;
    const { view } = membership;
    if (joinedAt(from.epoch) > view.revision || view.isPresent(from)) return;
    const now = clock.now();
    if (now - (this.#looks.get(from.node) ?? -Infinity) < heartbeatMs / 2) return;
    if (this.#looks.size >= maxLooks) this.#looks.clear();
    this.#looks.set(from.node, now);
    void this.#lookUp(from);
  }

  /** What was said of a node holds, also where the table has lost it: its actors may have gone on elsewhere. */
  async #lookUp(from: NodeAddress): Promise<void> {
    const { membership, table } = this.#parts;
    try {
      const entry = await table.read(from.node);
      const wasRemoved = membership.view.stateOf(from) === "removed";
      if (this.doubts(from.node, entry) && wasRemoved) await membership.remove(from, entry);
    } catch (error) {
      if (error instanceof TableRegressed) this.#parts.regressed(error);
      // of anything else the lease hears as well, and tells
    }
  }

  /** There is another table. */
  startOver(): void {
    this.#doubts.clear();
    this.#looks.clear();
  }
}

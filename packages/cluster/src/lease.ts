// The right to speak. A node holds its lease by reading its own entry from the table's leader: the lease runs from when
// that question was sent, by the monotonic clock, and is compared at each release of a gate, never in a timer. So a node
// that was paused or cut off says nothing more, whatever it believes (Gray and Cheriton, "Leases", 1989).
import type { Clock, OutputPermit } from "@aether/actor";
import type { MemberTable } from "./contracts/member-table.ts";
import { epochOf, type Membership } from "./membership.ts";

export interface LeaseEvents {
  /** It had run out and is there again: gates may open. */
  regained(): void;
  /** The table no longer has this start of the node: it must stop all that it runs. */
  lost(): void;
  /** The table has answered, whatever it said. */
  answered(): void;
  /** The table did not answer. */
  failed(error: unknown): void;
}

export class Lease implements OutputPermit {
  readonly #table: MemberTable;
  readonly #membership: Membership;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #events: LeaseEvents;
  #until = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  /** Counts what makes earlier questions void. */
  #term = 0;

  constructor(
    parts: { table: MemberTable; membership: Membership; clock: Clock },
    leaseMs: number,
    events: LeaseEvents,
  ) {
    this.#table = parts.table;
    this.#membership = parts.membership;
    this.#clock = parts.clock;
    this.#leaseMs = leaseMs;
    this.#events = events;
  }

  granted(): boolean {
    return this.#clock.now() < this.#until;
  }

  /** The entry was known to be ours when asked for at this time. */
  startAt(sentAt: number): void {
    this.#term++;
    this.#extend(sentAt);
  }

  end(): void {
    this.#term++;
    this.#until = Number.NEGATIVE_INFINITY;
  }

  /** One question at a time; an unanswered one ends by the table's own time-out. */
  async renew(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const { node, epoch } = this.#membership.address;
    const term = this.#term;
    const sentAt = this.#clock.now();
    try {
      const entry = await this.#table.read(node);
      const isOurs = entry !== undefined && epochOf(entry) === epoch && entry.record.state !== "removed";
      this.#events.answered();
      if (this.#term !== term || this.#membership.address.epoch !== epoch) return;
      if (isOurs) this.#extend(sentAt);
      else this.#events.lost();
    } catch (error) {
      this.#events.failed(error);
    } finally {
      this.#isAsking = false;
    }
  }

  #extend(sentAt: number): void {
    const wasGranted = this.granted();
    this.#until = Math.max(this.#until, sentAt + this.#leaseMs);
    if (!wasGranted && this.granted()) this.#events.regained();
  }
}

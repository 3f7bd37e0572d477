// The right to speak. A node holds its lease by reading its own entry and the newest revision from the table's leader, and
// by having seen that revision: else it could speak for an actor that went elsewhere. The lease runs from when that
// question was sent, by the clock that has gone further since, and is compared at each release of a gate, never in a
// timer. So a node that was paused, suspended or cut off says nothing more, whatever it believes (Gray and Cheriton,
// "Leases", 1989). A wall clock that is set shuts the gates until the next answer of the table, and does no other harm.
import type { Clock, OutputPermit } from "@aether/actor";
import type { MemberTable, TableEntry } from "./contracts/member-table.ts";
import { epochOf } from "./epoch.ts";
import type { Membership } from "./membership.ts";
import { elapsedSince, type Moment, momentOf } from "./moment.ts";

export interface LeaseEvents {
  /** It had run out and is there again: gates may open. */
  regained(): void;
  /** The table no longer has this start of the node: it must stop all that it runs. */
  lost(): void;
  /** The table has answered, whatever it said. */
  answered(): void;
  /** Whether what it said of this node cannot be: it counts for nothing then. */
  doubts(entry: TableEntry | undefined): boolean;
  /** The table did not answer. */
  failed(error: unknown): void;
  /** The wall clock has gone further than the monotonic one, by so many milliseconds: a suspended machine, or a set clock. */
  jumped(ms: number): void;
}

/** Questions at once: those of two seconds without an answer. */
const maxAsking = 16;
const never: Moment = { now: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };

export class Lease implements OutputPermit {
  readonly #table: MemberTable;
  readonly #membership: Membership;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #events: LeaseEvents;
  /** When the question was sent that was last answered well. */
  #since: Moment = never;
  /** Somebody was told no, and holds something back until it is regained: a clock that is put right tells nobody. */
  #hasShut = false;
  /** Of which a jump was told. */
  #jumpedSince: Moment | undefined;
  /** Questions without an answer. They may overlap: one that nobody will ever answer holds up no other. */
  #asking = 0;
  /** When the newest question was sent that was answered. */
  #answeredTo = Number.NEGATIVE_INFINITY;
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
    if (this.unconfirmedMs < this.#leaseMs) return true;
    this.#hasShut = true;
    if (this.#clock.now() - this.#since.now < this.#leaseMs) this.#jumped();
    return false;
  }

  /** Since when nobody has confirmed that this node has its place, in milliseconds. */
  get unconfirmedMs(): number {
    return elapsedSince(this.#since, this.#clock);
  }

  /** The entry was known to be ours when asked for at this moment. */
  startAt(sentAt: Moment): void {
    this.#term++;
    this.#extend(sentAt);
  }

  end(): void {
    this.#term++;
    this.#since = never;
  }

  /** An unanswered question ends by the table's own time-out; an answer that a newer one has overtaken counts for nothing. */
  async renew(): Promise<void> {
    if (this.#asking >= maxAsking) return;
    this.#asking++;
    const { node, epoch } = this.#membership.address;
    const term = this.#term;
    const sentAt = momentOf(this.#clock);
    try {
      const [entry, newest] = await Promise.all([this.#table.read(node), this.#table.newest()]);
      if (sentAt.now < this.#answeredTo) return;
      this.#answeredTo = sentAt.now;
      this.#events.answered();
      if (this.#term !== term || this.#membership.address.epoch !== epoch) return;
      if (this.#events.doubts(entry)) return;
      const isOurs = entry !== undefined && epochOf(entry) === epoch && entry.record.state !== "removed";
      if (isOurs) this.#extendWhenSeen(newest, sentAt);
      else this.#events.lost();
    } catch (error) {
      if (sentAt.now >= this.#answeredTo) this.#events.failed(error);
    } finally {
      this.#asking--;
    }
  }

  /** Mostly it has seen it by now; a watch that is slow shuts the gates until it tells. */
  #extendWhenSeen(revision: number, sentAt: Moment): void {
    if (this.#membership.view.revision >= revision) return this.#extend(sentAt);
    const term = this.#term;
    void this.#membership.reached(revision).then(() => {
      if (this.#term === term) this.#extend(sentAt);
    });
  }

  #extend(sentAt: Moment): void {
    const wasGranted = this.unconfirmedMs < this.#leaseMs && !this.#hasShut;
    if (sentAt.now >= this.#since.now) this.#since = sentAt;
    if (wasGranted || this.unconfirmedMs >= this.#leaseMs) return;
    this.#hasShut = false;
    this.#events.regained();
  }

  /** The gates are shut from here on; a fresh answer opens them, and need not wait for the next heartbeat. */
  #jumped(): void {
    if (this.#jumpedSince === this.#since) return;
    this.#jumpedSince = this.#since;
    this.#events.jumped(this.unconfirmedMs - (this.#clock.now() - this.#since.now));
    void this.renew();
  }
}

// The views by which this node went a moment ago: who owned an actor by one of them may still be ending what it began. An
// empty history names no writer, so whoever begins one asks here whether another node may be about to write its first commit.
import type { Clock } from "@aether/actor";
import type { Membership } from "./membership.ts";
import type { ClusterView } from "./view.ts";

interface FormerView {
  readonly view: ClusterView;
  /** When another took its place, in monotonic milliseconds. */
  readonly until: number;
}

/** Longer than a store takes to say what became of an append, an election of its leader included. */
const keptMs = 30_000;
/** Past it the oldest goes: a storm of changes is no reason to rank all of them for each new actor. */
const mostKept = 64;

export class FormerViews {
  readonly #clock: Clock;
  #kept: FormerView[] = [];

  constructor(membership: Membership, clock: Clock) {
    this.#clock = clock;
    membership.onView((_, before) => this.#keep(before));
  }

  some(test: (view: ClusterView) => boolean): boolean {
    const since = this.#clock.now() - keptMs;
    return this.#kept.some(({ view, until }) => until >= since && test(view));
  }

  #keep(view: ClusterView): void {
    const now = this.#clock.now();
    this.#kept = this.#kept.filter(({ until }) => until >= now - keptMs).slice(1 - mostKept);
    this.#kept.push({ view, until: now });
  }
}

// A point in time by both clocks. The monotonic one measures; but it stands still while the whole machine is suspended, and
// only the other one shows that. So what must not last too long ends by the clock that has gone further: the wall clock
// can end it too early, when somebody sets it, and never too late by more than the monotonic clock was wrong.
import type { Clock } from "@aether/actor";

export interface Moment {
  /** Monotonic milliseconds. */
  readonly now: number;
  /** Milliseconds since the epoch. */
  readonly wall: number;
}

export function momentOf(clock: Clock): Moment {
  return { now: clock.now(), wall: clock.wall() };
}

/** By the clock that has gone further, in milliseconds. */
export function elapsedSince({ now, wall }: Moment, clock: Clock): number {
  return Math.max(clock.now() - now, clock.wall() - wall);
}

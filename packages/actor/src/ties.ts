// What binds an actor besides its messages: children, timers, work outside, who watches it and whom it watches. Most
// actors have none of it, so it is made with the first.
import type { SettledOptions } from "./actor-options.ts";
import type { ActorTimer } from "./actor-timers.ts";
import type { Offspring } from "./offspring.ts";
import type { FailureRecord } from "./supervision.ts";

/** Why an actor is gone; a restart is none of them. */
export type TerminationReason =
  | "stopped" // by itself, its parent or its supervision
  | "passivated" // left memory in order; its next message brings it back
  | "failed" // could not be activated
  | "lost" // its node gave it up
  | "node-gone" // its node crashed, or was cut off for too long
  | "not-active"; // was not in memory when it was watched

export class Ties {
  children: Offspring | undefined = undefined;
  timers: Map<string, ActorTimer> | undefined = undefined;
  /** Ends the watches that this incarnation began. */
  watching: Set<() => void> | undefined = undefined;
  watchers: Set<(why: TerminationReason) => void> | undefined = undefined;
  /** Work outside that has not ended. */
  works: Set<AbortController> | undefined = undefined;
  /** Its failures of late. */
  failures: FailureRecord | undefined = undefined;
  /** Set while a restart waits: leaves at once. */
  endBackoff: (() => void) | undefined = undefined;
  cancelBackoff: (() => void) | undefined = undefined;
  /** It had its last turn: if what it stored there is refused, it leaves without another. */
  hadLastTurn = false;
  /** It does not leave for being idle. */
  isKept = false;
  /** What was chosen for this child alone. */
  options: SettledOptions | undefined = undefined;

  /** What one incarnation leaves behind. Its children were stopped before. */
  cut(): void {
    for (const timer of this.timers?.values() ?? []) timer.stop();
    for (const end of this.watching ?? []) end();
    for (const work of this.works ?? []) work.abort();
    this.timers = this.watching = this.works = undefined;
  }

  /** Told once, and then forgotten. */
  tellWatchers(why: TerminationReason): void {
    const { watchers } = this;
    this.watchers = undefined;
    for (const told of watchers ?? []) told(why);
  }
}

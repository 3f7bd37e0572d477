// How long a stand-in waits: so many milliseconds of its system's time and, should nobody move that, two real seconds. A wait
// always ends, and says why.
import { type Scheduler, systemScheduler } from "@aether/actor";
import type { Bell } from "./bell.ts";
import { BadScenario } from "./errors.ts";

/** How often a real clock looks whether the system's time moves, in milliseconds. */
const lookEveryMs = 1_000;

export class Patience implements Disposable {
  readonly #withinMs: number;
  readonly #cancels: (() => void)[];
  readonly #bell: Bell;
  #end: "late" | "still" | undefined;

  /** @param bell rings when it has ended @throws BadScenario for a time that is none */
  constructor(who: string, { scheduler, withinMs }: { scheduler: Scheduler; withinMs: number }, bell: Bell) {
    if (!(withinMs >= 0)) throw new BadScenario(`${who}: ${withinMs} ms is no time to wait.`);
    this.#withinMs = withinMs;
    this.#bell = bell;
    this.#cancels = [scheduler.after(withinMs, () => this.#ended("late")), this.#watch(scheduler)];
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Nobody moved the time: whatever did not come could not come. */
  get stoodStill(): boolean {
    return this.#end === "still";
  }

  /** For the message of whoever waited in vain. */
  get why(): string {
    if (this.#end !== "still") return `within ${this.#withinMs} ms`;
    return "and the time of its system stands still: wait inside when(…), or with within(…) of a localCluster";
  }

  [Symbol.dispose](): void {
    for (const cancel of this.#cancels) cancel();
  }

  /** Time that moves runs a timer of no length before it is looked at again. */
  #watch(scheduler: Scheduler): () => void {
    if (scheduler === systemScheduler) return () => undefined;
    let hasMoved = true;
    return systemScheduler.every(lookEveryMs, () => {
      if (!hasMoved) return this.#ended("still");
      hasMoved = false;
      scheduler.after(0, () => (hasMoved = true));
    });
  }

  #ended(how: "late" | "still"): void {
    this.#end ??= how;
    this[Symbol.dispose]();
    this.#bell.ring();
  }
}

// Who runs when: one queue of actors with something to do. Each gets a bounded number of messages per pass, and the whole
// yields to the event loop on a time budget, so that a hot actor starves neither its neighbours nor I/O.
import type { Clock } from "./clock.ts";
import type { Scheduler } from "./scheduler.ts";

export interface Runnable {
  /** Handles up to `budget` messages; returns true when it wants another pass. */
  run(budget: number): boolean;
}

const messagesPerPass = 300;
const passesPerClockLook = 16;
const yieldAfterMs = 4;

export class Dispatcher {
  /** Whose synchronous code is running right now. */
  current: Runnable | undefined;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  #queue: Runnable[] = [];
  #isScheduled = false;
  #passes = 0;
  /** When the event loop must have its turn; `undefined` since it had one. Kept over drains, which wake each other. */
  #yieldAt: number | undefined;

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /** The caller sees to it that a runnable is in the queue once. */
  schedule(runnable: Runnable): void {
    this.#queue.push(runnable);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#scheduler.microtask(this.#drain);
  }

  readonly #drain = (): void => {
    const yieldAt = (this.#yieldAt ??= this.#beginSlice());
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      for (let i = 0; i < batch.length; i++) {
        const isHot = this.#pass(batch, i);
        if ((isHot || ++this.#passes % passesPerClockLook === 0) && this.#clock.now() >= yieldAt) {
          this.#queue = [...batch.slice(i + 1), ...this.#queue];
          return this.#scheduler.yield(this.#drain);
        }
      }
    }
    this.#isScheduled = false;
  };

  #beginSlice(): number {
    this.#scheduler.yield(() => {
      this.#yieldAt = undefined;
    });
    return this.#clock.now() + yieldAfterMs;
  }

  /** Whether it wants another pass. What it throws is a bug of the kernel: the others run on all the same. */
  #pass(batch: readonly Runnable[], i: number): boolean {
    const runnable = batch[i] as Runnable;
    this.current = runnable;
    try {
      const more = runnable.run(messagesPerPass);
      if (more) this.#queue.push(runnable);
      return more;
    } catch (error) {
      this.#queue = [...batch.slice(i + 1), ...this.#queue];
      this.#scheduler.microtask(this.#drain);
      throw error;
    } finally {
      this.current = undefined;
    }
  }
}

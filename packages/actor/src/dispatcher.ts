// Who runs when: one queue of actors with something to do. Each gets a bounded number of messages per pass, and the whole
// yields to the event loop on a time budget, so that a hot actor starves neither its neighbours nor I/O.
import type { Clock } from "./clock.ts";
import type { Flag } from "./flag.ts";
import { type Queued, RunQueue } from "./run-queue.ts";
import type { Scheduler } from "./scheduler.ts";

export interface Runnable extends Queued<Runnable> {
  /** Handles up to `budget` messages, fewer when `tick` says so; returns true when it wants another pass. */
  run(budget: number): Flag;
  /** Called at the end of a stretch of work, for those who asked with `restLater`. */
  rest?(): void;
}

const messagesPerPass = 300;
const yieldAfterMs = 4;
/** How far apart looks at the clock should be, and how many messages at most lie between two. */
const lookEveryMs = 0.5;
const maxStride = 128;

export class Dispatcher<R extends Runnable & Queued<R> = Runnable> {
  /** Whose synchronous code is running right now. */
  current: R | undefined;
  /** The time at the last look, in whole milliseconds; while messages are handled it is about one old at most. */
  now = 0;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #queue = new RunQueue<R>();
  readonly #resting: R[] = [];
  #isScheduled: Flag = false;
  /** Messages between two looks at the clock: many where they are quick, one where each takes long. */
  #stride = 1;
  #untilLook = 1;
  #lookedAt = 0;
  /** When the event loop must have its turn; `undefined` since it had one. Kept over drains, which wake each other. */
  #yieldAt: number | undefined;

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /** The caller sees to it that a runnable is in the queue once. */
  schedule(runnable: R): void {
    this.#queue.push(runnable);
    if (this.#isScheduled === true) return;
    this.#isScheduled = true;
    this.#scheduler.microtask(this.#drain);
  }

  /** Counts one message (or pass); true when the pass should end, since the event loop must have its turn. */
  tick(): boolean {
    return --this.#untilLook <= 0 && this.#look();
  }

  /** Calls its `rest` when all that is ready now was done, or the event loop gets its turn. */
  restLater(runnable: R): void {
    this.#resting.push(runnable);
    if (this.#isScheduled !== true && this.#resting.length === 1) this.#scheduler.microtask(this.#rest);
  }

  /** The time, read once for all that is sent in one turn of the event loop, or more often while messages are handled. */
  coarseNow(): number {
    if (this.#yieldAt === undefined) this.#beginSlice();
    return this.now;
  }

  readonly #drain = (): void => {
    if (this.#yieldAt === undefined) this.#beginSlice();
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.current = next;
      try {
        if (next.run(messagesPerPass) === true) this.#queue.push(next);
      } catch (error) {
        // A bug of the kernel: the others run on all the same.
        this.#leave();
        this.#scheduler.microtask(this.#drain);
        throw error;
      }
      if (this.tick()) {
        this.#leave();
        return this.#scheduler.yield(this.#drain);
      }
    }
    this.#leave();
    this.#isScheduled = false;
  };

  readonly #rest = (): void => {
    for (let next = this.#resting.pop(); next !== undefined; next = this.#resting.pop()) next.rest?.();
  };

  #leave(): void {
    this.#rest();
    this.current = undefined;
  }

  /** A slice lasts until the event loop had its turn. */
  #beginSlice(): void {
    this.#lookedAt = this.#readClock();
    this.#yieldAt = this.#lookedAt + yieldAfterMs;
    this.#scheduler.yield(this.#endSlice);
  }

  readonly #endSlice = (): void => {
    this.#yieldAt = undefined;
  };

  #readClock(): number {
    const now = this.#clock.now();
    this.now = Math.floor(now);
    return now;
  }

  #look(): boolean {
    const now = this.#readClock();
    const tookMs = now - this.#lookedAt;
    this.#lookedAt = now;
    if (tookMs * 2 < lookEveryMs) this.#stride = Math.min(maxStride, this.#stride * 2);
    else if (tookMs > lookEveryMs) this.#stride = Math.max(1, Math.floor((this.#stride * lookEveryMs) / tookMs));
    const isOverdue = this.#yieldAt !== undefined && now >= this.#yieldAt;
    this.#untilLook = isOverdue ? 0 : this.#stride; // whoever asks next is told so too
    return isOverdue;
  }
}

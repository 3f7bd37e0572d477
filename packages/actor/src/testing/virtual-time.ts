// Time that a test owns: clock and scheduler in one, so that what they say always agrees. Timers run in `advance` alone, by
// due time and then in the order they were made; microtasks and yields run by themselves, as in life.
import type { Clock } from "../clock.ts";
import { type Cancel, type Scheduler, systemScheduler } from "../scheduler.ts";

export interface VirtualTime {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Moves time on, running each timer at its own moment with all that follows from it. Not to be nested. */
  advance(ms: number): Promise<void>;
  /** Lets everything happen that needs no time: promises, microtasks, yields. */
  settle(): Promise<void>;
  /** Timers that are waiting. */
  readonly timers: number;
}

export interface VirtualTimeOptions {
  /** What `wall()` says at the beginning, in milliseconds since the epoch. @default 2026-01-01T00:00:00Z */
  readonly startsAt?: number;
}

interface Timer {
  due: number;
  readonly order: number;
  readonly periodMs: number | undefined;
  readonly task: () => void;
}

const defaults = Object.freeze({ startsAt: 1_767_225_600_000 });

export function createVirtualTime(options: VirtualTimeOptions = {}): VirtualTime {
  return new Timers(options.startsAt ?? defaults.startsAt);
}

class Timers implements VirtualTime, Clock, Scheduler {
  readonly clock: Clock = this;
  readonly scheduler: Scheduler = this;
  readonly #startsAt: number;
  readonly #waiting = new Set<Timer>();
  #now = 0;
  #made = 0;
  #yields = 0;
  #isAdvancing = false;

  constructor(startsAt: number) {
    this.#startsAt = startsAt;
  }

  get timers(): number {
    return this.#waiting.size;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#startsAt + this.#now;
  }

  microtask(task: () => void): void {
    systemScheduler.microtask(task);
  }

  yield(task: () => void): void {
    this.#yields++;
    systemScheduler.yield(() => {
      this.#yields--;
      task();
    });
  }

  after(delayMs: number, task: () => void): Cancel {
    return this.#add(Math.max(0, delayMs), task, undefined);
  }

  every(periodMs: number, task: () => void): Cancel {
    if (!(periodMs > 0)) throw new RangeError(`every: periodMs is ${periodMs}; use more than 0.`);
    return this.#add(periodMs, task, periodMs);
  }

  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`advance: ms is ${ms}; time does not run backwards.`);
    if (this.#isAdvancing) throw new Error("advance: time is moving already; await the call before.");
    this.#isAdvancing = true;
    try {
      await this.#advanceTo(this.#now + ms);
    } finally {
      this.#isAdvancing = false;
    }
  }

  async settle(): Promise<void> {
    do await new Promise<void>((resolve) => systemScheduler.yield(resolve));
    while (this.#yields > 0);
  }

  async #advanceTo(until: number): Promise<void> {
    await this.settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#fire(next);
      await this.settle();
    }
    this.#now = until;
    await this.settle();
  }

  #add(delayMs: number, task: () => void, periodMs: number | undefined): Cancel {
    const timer: Timer = { due: this.#now + delayMs, order: this.#made++, periodMs, task };
    this.#waiting.add(timer);
    return () => void this.#waiting.delete(timer);
  }

  #next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#waiting) {
      if (timer.due > until) continue;
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }

  #fire(timer: Timer): void {
    this.#now = timer.due;
    if (timer.periodMs === undefined) this.#waiting.delete(timer);
    else timer.due += timer.periodMs;
    timer.task();
  }
}

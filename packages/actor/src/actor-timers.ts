// In-memory timers of an actor, as entries of the system's one wheel. Each firing is a turn ahead of the messages; timers
// end with the object that set them.
import { maxMs } from "./actor-options.ts";
import type { Cell } from "./cell.ts";
import type { Expirable } from "./deadlines.ts";
import { PlainEffect } from "./effects.ts";
import { InnerTurn } from "./envelope.ts";
import { checkFunction } from "./hosted-type.ts";
import { isThenable } from "./promises.ts";
import { describe } from "./shown.ts";

/** Named, so that setting one again replaces it, in a restart or a re-run too. Precise to 10 ms, late under load, never early. */
export interface ActorTimers {
  /** Runs the task once, as a turn, `delayMs` from the end of the open turn. */
  once(name: string, delayMs: number, task: () => unknown): void;
  /** Runs the task every `periodMs`. Firings whose predecessor still waits for its turn, or still runs, are left out. */
  every(name: string, periodMs: number, task: () => unknown): void;
  /** A firing that waits for its turn already is dropped too. */
  cancel(name: string): void;
  has(name: string): boolean;
}

export class ActorTimer implements Expirable {
  deadline = 0;
  previousDue: Expirable | undefined = undefined;
  nextDue: Expirable | undefined = undefined;
  readonly #cell: Cell;
  readonly #incarnation: number;
  readonly #name: string;
  readonly #periodMs: number | undefined;
  readonly #task: () => unknown;
  #isOnWheel = false;
  #isOver = false;

  constructor(cell: Cell, name: string, periodMs: number | undefined, task: () => unknown) {
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
    this.#name = name;
    this.#periodMs = periodMs;
    this.#task = task;
  }

  start(delayMs: number): void {
    this.deadline = this.#cell.kernel.clock.now() + delayMs;
    this.#wait();
  }

  stop(): void {
    if (this.#isOnWheel) this.#cell.kernel.deadlines.remove(this);
    this.#isOnWheel = false;
    this.#isOver = true;
  }

  expire(): void {
    this.#isOnWheel = false;
    const { address } = this.#cell;
    this.#cell.enqueueInner(new InnerTurn(address, this.#incarnation, `timer "${this.#name}"`, () => this.#fire()));
  }

  #wait(): void {
    this.#isOnWheel = true;
    this.#cell.kernel.deadlines.add(this);
  }

  #fire(): unknown {
    if (this.#isOver) return undefined;
    if (this.#periodMs !== undefined) return this.#fireAndWait(this.#periodMs);
    this.#cell.ties?.timers?.delete(this.#name);
    return this.#task();
  }

  /** The next firing is due after the end of this one: going ahead of messages, it would leave them no turn otherwise. */
  #fireAndWait(periodMs: number): unknown {
    let isWaiting = false;
    try {
      const result = this.#task();
      isWaiting = isThenable(result);
      return isWaiting ? Promise.resolve(result).finally(() => this.#again(periodMs)) : result;
    } finally {
      if (!isWaiting) this.#again(periodMs);
    }
  }

  /** In step with the first firing, however late this one was and however long it took. */
  #again(periodMs: number): void {
    if (this.#isOver) return;
    const missed = Math.floor((this.#cell.kernel.clock.now() - this.deadline) / periodMs);
    this.deadline += (missed + 1) * periodMs;
    this.#wait();
  }
}

export interface TimerSettings {
  readonly delayMs: number;
  readonly periodMs: number | undefined;
  readonly task: () => unknown;
}

/** Takes the timer of that name away, and sets a new one if there are settings. */
export class TimerChange extends PlainEffect {
  readonly #cell: Cell;
  readonly #incarnation: number;
  readonly #name: string;
  readonly #settings: TimerSettings | undefined;

  constructor(cell: Cell, name: string, settings: TimerSettings | undefined) {
    super();
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
    this.#name = name;
    this.#settings = settings;
  }

  occur(): void {
    if (!this.#cell.is(this.#incarnation)) return;
    const timers = (this.#cell.ownTies().timers ??= new Map());
    timers.get(this.#name)?.stop();
    timers.delete(this.#name);
    if (this.#settings === undefined) return;
    const { delayMs, periodMs, task } = this.#settings;
    const timer = new ActorTimer(this.#cell, this.#name, periodMs, task);
    timers.set(this.#name, timer);
    timer.start(delayMs);
  }
}

/** @throws TypeError or RangeError naming what was given and what to use */
export function checkTimer(owner: string, name: string, task: () => unknown): void {
  checkTimerName(owner, name);
  checkFunction(`${owner}: the task`, task);
}

/** @throws TypeError */
export function checkTimerName(owner: string, name: string): void {
  if (typeof name !== "string") throw new TypeError(`${owner}: the name is ${describe(name)}; use text.`);
}

/** @throws TypeError, RangeError */
export function checkMs(what: string, ms: number, min: number): number {
  if (typeof ms !== "number")
    throw new TypeError(`${what}: ${describe(ms)} is no time to wait; use milliseconds, as a number.`);
  if (ms >= min && ms <= maxMs) return ms;
  throw new RangeError(`${what}: ${ms} is no time to wait; use ${min} to ${maxMs} milliseconds.`);
}

// In-memory timers of an actor, as entries of the system's one wheel. Each firing is a turn ahead of the messages; timers
// end with the object that set them.
import type { Cell } from "./cell.ts";
import type { Expirable } from "./deadlines.ts";
import { PlainEffect } from "./effects.ts";
import { InnerTurn } from "./envelope.ts";

/** Named, so that setting one again replaces it, in a restart or a re-run too. Precise to 10 ms, late under load, never early. */
export interface ActorTimers {
  /** Runs the task once, as a turn, `delayMs` from the end of the open turn. */
  once(name: string, delayMs: number, task: () => unknown): void;
  /** Runs the task every `periodMs`. A firing whose predecessor still waits for its turn is left out. */
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
  #isRunning = false;
  #isWaiting = false;

  constructor(cell: Cell, name: string, periodMs: number | undefined, task: () => unknown) {
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
    this.#name = name;
    this.#periodMs = periodMs;
    this.#task = task;
  }

  start(delayMs: number): void {
    this.deadline = this.#cell.kernel.clock.now() + delayMs;
    this.#isRunning = true;
    this.#cell.kernel.deadlines.add(this);
  }

  stop(): void {
    if (this.#isRunning) this.#cell.kernel.deadlines.remove(this);
    this.#isRunning = false;
    this.#isWaiting = false;
  }

  expire(): void {
    this.#isRunning = false;
    if (this.#periodMs !== undefined) this.#again(this.#periodMs);
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const { address } = this.#cell;
    this.#cell.enqueueInner(new InnerTurn(address, this.#incarnation, `timer "${this.#name}"`, () => this.#fire()));
  }

  /** In step with the first firing, however late this one is. */
  #again(periodMs: number): void {
    const now = this.#cell.kernel.clock.now();
    const missed = Math.floor((now - this.deadline) / periodMs);
    this.deadline += (missed + 1) * periodMs;
    this.#isRunning = true;
    this.#cell.kernel.deadlines.add(this);
  }

  #fire(): unknown {
    if (!this.#isWaiting) return undefined;
    this.#isWaiting = false;
    if (this.#periodMs === undefined) this.#cell.ties?.timers?.delete(this.#name);
    return this.#task();
  }
}

interface TimerSettings {
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

/** @throws RangeError */
export function checkMs(what: string, ms: number, min: number): number {
  if (Number.isFinite(ms) && ms >= min) return ms;
  throw new RangeError(`${what}: ${ms} is no time to wait; use ${min} milliseconds or more.`);
}

// All deadlines and timers of a system on one wheel: a deadline costs a few pointer writes, and there is one timer however many wait.
// Hashed timing wheel after Varghese and Lauck (1987). A deadline fires up to one slot late, never early.
import type { Clock } from "./clock.ts";
import type { Cancel, Scheduler } from "./scheduler.ts";

/** Something that waits on the wheel; the wheel owns `previousDue` and `nextDue`. */
export interface Expirable {
  readonly deadline: number;
  expire(): void;
  previousDue: Expirable | undefined;
  nextDue: Expirable | undefined;
}

const slotMs = 10;
const slotCount = 512;

export class Deadlines {
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #slots: (Expirable | undefined)[] = Array.from({ length: slotCount });
  #count = 0;
  #tick = 0;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  add(entry: Expirable): void {
    this.#count++;
    if (this.#cancel === undefined) this.#start();
    const slot = this.#slotOf(entry);
    const first = this.#slots[slot];
    entry.previousDue = undefined;
    entry.nextDue = first;
    if (first !== undefined) first.previousDue = entry;
    this.#slots[slot] = entry;
  }

  remove(entry: Expirable): void {
    if (entry.previousDue !== undefined) entry.previousDue.nextDue = entry.nextDue;
    else this.#slots[this.#slotOf(entry)] = entry.nextDue;
    if (entry.nextDue !== undefined) entry.nextDue.previousDue = entry.previousDue;
    entry.previousDue = entry.nextDue = undefined;
    this.#count--;
  }

  /** Nothing that waits comes to pass any more. */
  close(): void {
    this.#cancel?.();
  }

  /** All that wait, in no order. */
  entries(): Expirable[] {
    const all: Expirable[] = [];
    for (let entry of this.#slots) for (; entry !== undefined; entry = entry.nextDue) all.push(entry);
    return all;
  }

  #slotOf(entry: Expirable): number {
    return Math.ceil(entry.deadline / slotMs) % slotCount;
  }

  #start(): void {
    const now = this.#clock.now();
    this.#tick = Math.floor(now / slotMs);
    this.#cancel = this.#afterSlot(now);
  }

  /** It turns at the borders of slots, so that nothing fires more than one slot late. */
  #afterSlot(now: number): Cancel {
    return this.#scheduler.after((Math.floor(now / slotMs) + 1) * slotMs - now, this.#turn);
  }

  readonly #turn = (): void => {
    const now = this.#clock.now();
    const upTo = Math.floor(now / slotMs);
    const from = Math.max(this.#tick, upTo - slotCount + 1);
    for (let tick = from; tick <= upTo; tick++) this.#expireSlot(tick % slotCount, now);
    this.#tick = upTo;
    // It runs on for one slot after the last deadline is gone: who asks again and again pays for no timer each time.
    this.#cancel = this.#count > 0 ? this.#afterSlot(now) : undefined;
  };

  /** Taken off first, all of the slot, since what expires may take others off. */
  #expireSlot(slot: number, now: number): void {
    const due: Expirable[] = [];
    for (let entry = this.#slots[slot]; entry !== undefined; entry = entry.nextDue) {
      if (entry.deadline <= now) due.push(entry);
    }
    for (const entry of due) this.remove(entry);
    for (const entry of due) entry.expire();
  }
}

// All deadlines of a system on one wheel: a deadline costs a few pointer writes, and there is one timer however many wait.
// Hashed timing wheel after Varghese and Lauck (1987). A deadline fires up to one slot late, never early.
import type { Clock } from "./clock.ts";
import type { Cancel, Scheduler } from "./scheduler.ts";

/** Something that waits on the wheel; the wheel owns `previous` and `next`. */
export interface Expirable {
  readonly deadline: number;
  expire(): void;
  previous: Expirable | undefined;
  next: Expirable | undefined;
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

  get size(): number {
    return this.#count;
  }

  add(entry: Expirable): void {
    if (this.#count++ === 0) this.#tick = Math.floor(this.#clock.now() / slotMs);
    const slot = this.#slotOf(entry);
    const first = this.#slots[slot];
    entry.previous = undefined;
    entry.next = first;
    if (first !== undefined) first.previous = entry;
    this.#slots[slot] = entry;
    this.#cancel ??= this.#scheduler.after(slotMs, () => this.#turn());
  }

  remove(entry: Expirable): void {
    if (entry.previous !== undefined) entry.previous.next = entry.next;
    else this.#slots[this.#slotOf(entry)] = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
    entry.previous = entry.next = undefined;
    if (--this.#count === 0) {
      this.#cancel?.();
      this.#cancel = undefined;
    }
  }

  /** All that wait, in no order. */
  entries(): Expirable[] {
    const all: Expirable[] = [];
    for (let entry of this.#slots) for (; entry !== undefined; entry = entry.next) all.push(entry);
    return all;
  }

  #slotOf(entry: Expirable): number {
    return Math.ceil(entry.deadline / slotMs) % slotCount;
  }

  #turn(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    const upTo = Math.floor(now / slotMs);
    const from = Math.max(this.#tick, upTo - slotCount + 1);
    for (let tick = from; tick <= upTo; tick++) this.#expireSlot(tick % slotCount, now);
    this.#tick = upTo;
    if (this.#count > 0) this.#cancel ??= this.#scheduler.after(slotMs, () => this.#turn());
  }

  #expireSlot(slot: number, now: number): void {
    let entry = this.#slots[slot];
    while (entry !== undefined) {
      const next: Expirable | undefined = entry.next;
      if (entry.deadline <= now) {
        this.remove(entry);
        entry.expire();
      }
      entry = next;
    }
  }
}

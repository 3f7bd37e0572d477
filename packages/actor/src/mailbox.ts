// The messages of one actor that wait their turn: a ring that is made at the first message and dropped when it is empty.
// Bounded for what arrives; what is put back after a rollback may exceed the bound, since it was accepted before.
import type { Envelope } from "./envelope.ts";

const firstSlots = 8;

export class Mailbox {
  readonly capacity: number;
  #slots: (Envelope | undefined)[] | undefined;
  #head = 0;
  #length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  /** False when it is full. */
  push(envelope: Envelope): boolean {
    if (this.#length >= this.capacity) return false;
    const slots = this.#roomy();
    slots[(this.#head + this.#length) & (slots.length - 1)] = envelope;
    this.#length++;
    return true;
  }

  shift(): Envelope | undefined {
    const slots = this.#slots;
    if (slots === undefined || this.#length === 0) return undefined;
    const envelope = slots[this.#head];
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.#length--;
    return envelope;
  }

  /** Puts messages back ahead of all others, in their order. */
  putBack(envelopes: readonly Envelope[]): void {
    for (let i = envelopes.length - 1; i >= 0; i--) {
      const slots = this.#roomy();
      this.#head = (this.#head - 1) & (slots.length - 1);
      slots[this.#head] = envelopes[i];
      this.#length++;
    }
  }

  /** Takes everything out. */
  drain(): Envelope[] {
    const all: Envelope[] = [];
    for (let next = this.shift(); next !== undefined; next = this.shift()) all.push(next);
    this.trim();
    return all;
  }

  /** An idle actor owns no buffer. */
  trim(): void {
    if (this.#length > 0) return;
    this.#slots = undefined;
    this.#head = 0;
  }

  #roomy(): (Envelope | undefined)[] {
    const slots = (this.#slots ??= Array.from({ length: firstSlots }));
    if (this.#length < slots.length) return slots;
    const larger: (Envelope | undefined)[] = Array.from({ length: slots.length * 2 });
    for (let i = 0; i < this.#length; i++) larger[i] = slots[(this.#head + i) & (slots.length - 1)];
    this.#head = 0;
    this.#slots = larger;
    return larger;
  }
}

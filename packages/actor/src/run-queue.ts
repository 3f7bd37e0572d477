// The actors that wait for a pass: a ring that grows by doubling and is never copied while it is large enough.

export class RunQueue<T extends object> {
  #slots: (T | undefined)[] = emptySlots(64);
  #head = 0;
  #length = 0;

  push(item: T): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length++) & (this.#slots.length - 1)] = item;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const slots = this.#slots;
    const item = slots[this.#head];
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.#length--;
    return item;
  }

  #grow(): void {
    const slots = this.#slots;
    const larger = emptySlots<T>(slots.length * 2);
    for (let i = 0; i < this.#length; i++) larger[i] = slots[(this.#head + i) & (slots.length - 1)];
    this.#head = 0;
    this.#slots = larger;
  }
}

/** @param count a power of two */
function emptySlots<T>(count: number): (T | undefined)[] {
  const slots: (T | undefined)[] = [];
  for (let i = 0; i < count; i++) slots.push(undefined);
  return slots;
}

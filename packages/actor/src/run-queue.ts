// The actors that wait for a pass: a list through the actors themselves, so that it needs no room of its own.

export interface Queued<T> {
  /** The queue's own: who is behind it. */
  nextReady?: T | undefined;
}

export class RunQueue<T extends Queued<T>> {
  #first: T | undefined;
  #last: T | undefined;

  /** The caller sees to it that it is in the queue once. */
  push(item: T): void {
    if (this.#last === undefined) this.#first = item;
    else this.#last.nextReady = item;
    this.#last = item;
  }

  shift(): T | undefined {
    const item = this.#first;
    if (item === undefined) return undefined;
    this.#first = item.nextReady;
    if (this.#first === undefined) this.#last = undefined;
    else item.nextReady = undefined;
    return item;
  }
}

// How a bench learns that all messages of a burst were handled: the handlers count down, the last one resolves.
// Both sides of a row use it, so that it costs both the same.

export class Countdown {
  #left = 0;
  #finish: () => void = () => undefined;

  /** Settles after `hits` calls of `hit`. One wait at a time. */
  from(hits: number): Promise<void> {
    this.#left = hits;
    return new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  hit(): void {
    if (--this.#left === 0) this.#finish();
  }
}

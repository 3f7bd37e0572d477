// A way that can be held up: what is held up holds up all that is behind it, so that nothing overtakes.

interface Waiting {
  isReady: boolean;
  readonly pass: () => void;
}

export class InOrder {
  #waiting: Waiting[] = [];

  /** At once when nothing holds it up. @param until whatever becomes of it */
  pass(pass: () => void, until?: Promise<unknown>): void {
    if (until === undefined && this.#waiting.length === 0) return pass();
    const waiting: Waiting = { isReady: until === undefined, pass };
    this.#waiting.push(waiting);
    const go = (): void => {
      waiting.isReady = true;
      this.#flush();
    };
    until?.then(go, go);
  }

  /** What waits is lost. */
  clear(): void {
    this.#waiting = [];
  }

  #flush(): void {
    while (this.#waiting[0]?.isReady === true) this.#waiting.shift()?.pass();
  }
}

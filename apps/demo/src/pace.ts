// How fast the feed goes: as fast as it can, or, while a fault lasts, so that there is something left to feed until it is
// over. Whoever waits gets its turn in order.

const tickMs = 10;
/** What is left is spread over at least this long: less and less is fed when a fault takes longer than planned. */
const shortestMs = 2_000;
/** Turns that were not taken are not made up for all at once. */
const maxCredit = 32;

interface Stretch {
  /** Turns from the beginning of the feed that may be taken before it is over. */
  readonly to: number;
  readonly endsAt: number;
}

export class Pace {
  #taken = 0;
  #stretch: Stretch | undefined;
  #credit = 0;
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `undefined`: now. */
  turn(): Promise<void> | undefined {
    if (this.#stretch !== undefined) return new Promise((resolve) => void this.#waiting.push(resolve));
    this.#taken++;
    return undefined;
  }

  /** Until `free`, all turns up to the given one are spread over the time. */
  slow(to: number, lastsMs: number): void {
    this.#stretch = { to, endsAt: performance.now() + lastsMs };
    this.#credit = 0;
    this.#timer ??= setInterval(() => this.#tick(), tickMs);
  }

  free(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stretch = undefined;
    this.#release(this.#waiting.length);
  }

  #tick(): void {
    if (this.#stretch === undefined) return;
    const { to, endsAt } = this.#stretch;
    const leftMs = Math.max(endsAt - performance.now(), shortestMs);
    this.#credit = Math.min(maxCredit, this.#credit + (Math.max(0, to - this.#taken) * tickMs) / leftMs);
    const count = Math.min(Math.floor(this.#credit), this.#waiting.length);
    this.#credit -= count;
    this.#release(count);
  }

  #release(count: number): void {
    this.#taken += count;
    for (const resolve of this.#waiting.splice(0, count)) resolve();
  }
}

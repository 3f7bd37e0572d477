// Measures a failover as its users feel it: for each airport of the dead node that had a command outstanding at the kill,
// how long until the first acknowledgement by a new owner.

export class FailoverWatch {
  readonly #waiting: Set<string>;
  readonly #now: () => number;
  readonly #killedAt: number;
  #airports = 0;
  #longestMs = 0;

  constructor(airports: Iterable<string>, now: () => number = () => performance.now()) {
    this.#waiting = new Set(airports);
    this.#now = now;
    this.#killedAt = now();
  }

  isWaitingFor(airport: string): boolean {
    return this.#waiting.has(airport);
  }

  /** @param byNewOwner false for an answer that was on its way when its node was killed */
  acknowledged(airport: string, byNewOwner: boolean): void {
    if (!byNewOwner || !this.#waiting.delete(airport)) return;
    this.#airports += 1;
    this.#longestMs = Math.max(this.#longestMs, this.#now() - this.#killedAt);
  }

  /** How many airports were measured. */
  get airports(): number {
    return this.#airports;
  }

  /** The maximum over those airports in whole milliseconds, rounded up. */
  get longestMs(): number {
    return Math.ceil(this.#longestMs);
  }
}

// Measures a failover as its users feel it: for each airport of the dead node that had a command outstanding at the kill,
// how long until the first acknowledgement by a new owner.

export class FailoverWatch {
  readonly #killedAt: number;
  readonly #waiting: Set<string>;
  readonly #total: number;
  #longestMs = 0;

  constructor(killedAt: number, airports: Iterable<string>) {
    this.#killedAt = killedAt;
    this.#waiting = new Set(airports);
    this.#total = this.#waiting.size;
  }

  /** How many airports are measured. */
  get airports(): number {
    return this.#total;
  }

  /** @param byNewOwner false for an answer that was on its way when its node was killed */
  acknowledged(airport: string, byNewOwner: boolean): void {
    if (!byNewOwner || !this.#waiting.delete(airport)) return;
    this.#longestMs = Math.max(this.#longestMs, performance.now() - this.#killedAt);
  }

  /** The maximum over those airports, in milliseconds. */
  get longestMs(): number {
    return Math.round(this.#longestMs);
  }
}

// The asks of one line: ours that have no answer yet, and those of the other node that are being done here.
import type { Outgoing } from "./outgoing.ts";

/** An ask of the other node, as long as it has no answer. */
export interface Caller {
  readonly deadline: number;
  /** Nobody waits any more. */
  giveUp(): void;
}

/** Ours, by their numbers. */
export class WaitingAsks {
  readonly #asks = new Map<number, Outgoing>();
  /** What they weigh. */
  bytes = 0;

  get size(): number {
    return this.#asks.size;
  }

  add(message: Outgoing): void {
    this.#asks.set(message.n, message);
    this.bytes += message.weight;
  }

  /** The ask, which waits no longer; `undefined` when it did not. */
  take(n: number): Outgoing | undefined {
    const message = this.#asks.get(n);
    if (message === undefined) return undefined;
    this.#asks.delete(n);
    this.bytes -= message.weight;
    return message;
  }

  /** Takes out those that somebody has settled otherwise: their time is up, or their callers gave up. */
  takeSettled(): Outgoing[] {
    const settled = [...this.#asks.values()].filter(({ envelope }) => envelope.reply?.isSettled === true);
    for (const { n } of settled) this.take(n);
    return settled;
  }

  list(): Outgoing[] {
    return [...this.#asks.values()];
  }
}

const firstSweepAt = 1_024;

/** Those of the other node, by its numbers. */
export class Callers {
  readonly #callers = new Map<number, Caller>();
  #sweepAt = firstSweepAt;

  get size(): number {
    return this.#callers.size;
  }

  /** Where there are many, those whose time is up wait for nothing. */
  add(n: number, caller: Caller, now: number): void {
    if (this.#callers.size >= this.#sweepAt) {
      for (const [known, { deadline }] of this.#callers) if (now >= deadline) this.#callers.delete(known);
      this.#sweepAt = Math.max(firstSweepAt, 2 * this.#callers.size);
    }
    this.#callers.set(n, caller);
  }

  answered(n: number): void {
    this.#callers.delete(n);
  }

  gaveUp(n: number): void {
    this.#callers.get(n)?.giveUp();
    this.#callers.delete(n);
  }
}

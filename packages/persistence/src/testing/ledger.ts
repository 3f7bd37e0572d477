// The actor of the cases that run on a backend: small, and its state tells the order of its events.
import { EventSourcedActor } from "../event-sourced-actor.ts";
import type { Events } from "../events.ts";
import { everyNEvents } from "../snapshot-policy.ts";

export interface Added {
  readonly type: "added";
  readonly n: number;
  readonly note?: string;
}

export interface LedgerState {
  readonly sum: number;
  /** Differs for every order of the same events. */
  readonly trail: number;
}

export const emptyLedger: LedgerState = Object.freeze({ sum: 0, trail: 0 });
export const snapshotEvery = 4;

/** What the state is the fold of: the actor's own `apply`, and what the cases hold it against. */
export function foldLedger({ sum, trail }: LedgerState, { n }: Added): LedgerState {
  return { sum: sum + n, trail: (trail * 31 + n) % 1_000_003 };
}

export class Ledger extends EventSourcedActor<Added> {
  static type = "ledger";
  static readonly events: Events<Added> = { added: 1 };
  static readonly snapshots: ReturnType<typeof everyNEvents> = everyNEvents(snapshotEvery);

  state: LedgerState = emptyLedger;

  apply(event: Added): void {
    this.state = foldLedger(this.state, event);
  }

  add(n: number): number {
    return this.addAll([n]);
  }

  /** All of them, or none. */
  addAll(numbers: readonly number[]): number {
    return this.persist(...numbers.map((n) => ({ type: "added" as const, n }))).sum;
  }

  annotate(n: number, bytes: number): number {
    return this.persist({ type: "added", n, note: "x".repeat(bytes) }).sum;
  }

  look(): LedgerState {
    return this.state;
  }
}

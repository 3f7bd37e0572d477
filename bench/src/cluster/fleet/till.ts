// The durable actor that the rows about faults speak to: one event for each command, snapshots as by
// default, and a name for each incarnation.
import { EventSourcedActor, type Events } from "@aether/persistence";
import { randomUUID } from "node:crypto";

export interface Paid {
  readonly type: "paid";
  readonly amount: number;
}

export class Till extends EventSourcedActor<Paid> {
  static readonly type: string = "till";
  static readonly events: Events<Paid> = { paid: 1 };
  readonly #incarnation = randomUUID();

  state = { payments: 0, total: 0 };

  apply({ amount }: Paid): void {
    this.state.payments += 1;
    this.state.total += amount;
  }

  /** @returns payments so far */
  pay(amount: number): number {
    return this.persist({ type: "paid", amount }).payments;
  }

  payments(): number {
    return this.state.payments;
  }

  /** Another one after each move. */
  incarnation(): string {
    return this.#incarnation;
  }
}

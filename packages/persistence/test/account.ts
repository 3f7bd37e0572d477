// The actor of these tests: an account, as small as one can be and still refuse.
import { Rejection } from "@aether/actor";
import { EventSourcedActor, everyNEvents, type Events } from "@aether/persistence";

export type AccountEvent = { type: "deposited"; amount: number } | { type: "withdrawn"; amount: number };

export class Account extends EventSourcedActor<AccountEvent> {
  static type = "account";
  static readonly events: Events<AccountEvent> = { deposited: 1, withdrawn: 1 };
  static readonly snapshots = everyNEvents(10);

  state = { balance: 0, entries: [] as number[] };

  apply(event: AccountEvent): void {
    const amount = event.type === "deposited" ? event.amount : -event.amount;
    this.state.balance += amount;
    this.state.entries = [...this.state.entries, amount].slice(-5);
  }

  deposit(amount: number): number {
    return this.persist({ type: "deposited", amount }).balance;
  }

  withdraw(amount: number): number {
    if (amount > this.state.balance) throw new Rejection("insufficient-funds", { balance: this.state.balance });
    return this.persist({ type: "withdrawn", amount }).balance;
  }

  /** Hands out the live object: what leaves must be a copy all the same. */
  look(): Account["state"] {
    return this.state;
  }

  depositThenThrow(amount: number): never {
    this.persist({ type: "deposited", amount });
    throw new Error("after persist");
  }

  depositThenRefuse(amount: number): Rejection {
    this.persist({ type: "deposited", amount });
    return new Rejection("noted", { amount });
  }

  async depositTwice(amount: number): Promise<number> {
    this.persist({ type: "deposited", amount });
    await this.durable();
    return this.persist({ type: "deposited", amount }).balance;
  }
}

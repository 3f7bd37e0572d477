// The actors of these tests.
import { Actor, Rejection } from "@aether/actor";
import { EventSourcedActor, type Events, type Upcasters } from "@aether/persistence";

export type AccountEvent =
  | { readonly type: "deposited"; readonly amount: number }
  | { readonly type: "withdrawn"; readonly amount: number };

export class Account extends EventSourcedActor<AccountEvent> {
  static type = "account";
  static readonly events: Events<AccountEvent> = { deposited: 2, withdrawn: 1 };
  /** Amounts were cents once. */
  static readonly upcasters: Upcasters<AccountEvent> = {
    deposited: [({ cents }: { cents: number }) => ({ type: "deposited", amount: cents / 100 })],
  };
  state = { balance: 0 };

  apply(event: AccountEvent): void {
    this.state.balance += event.type === "deposited" ? event.amount : -event.amount;
  }

  deposit(amount: number): number {
    return this.persist({ type: "deposited", amount }).balance;
  }

  withdraw(amount: number): number {
    const { balance } = this.state;
    if (amount > balance) throw new Rejection("insufficient-funds", { balance });
    return this.persist({ type: "withdrawn", amount }).balance;
  }

  fail(): never {
    this.persist({ type: "deposited", amount: 1_000_000 });
    throw new Error("a bug");
  }

  leak(): number {
    this.state.balance += 1;
    return this.state.balance;
  }

  balance(): number {
    return this.state.balance;
  }
}

export interface Letter {
  readonly to: string;
  readonly text: string;
}

export class Mailer extends Actor {
  static type = "mailer";
  send(_letter: Letter): string {
    throw new Error("a real mailer, in a test");
  }
}

export type OrderEvent = { readonly type: "placed"; readonly price: number };

/** Depends on a function, and speaks to another actor. */
export class Order extends EventSourcedActor<OrderEvent> {
  static type = "order";
  static readonly events: Events<OrderEvent> = { placed: 1 };
  state: { prices: number[] } = { prices: [] };
  readonly #priceOf: (what: string) => number;

  constructor(priceOf: (what: string) => number) {
    super();
    this.#priceOf = priceOf;
  }

  apply(event: OrderEvent): void {
    this.state.prices.push(event.price);
  }

  place(what: string): number {
    const price = this.#priceOf(what);
    this.persist({ type: "placed", price });
    this.ctx.ref(Mailer, "shop").tell.send({ to: "me", text: what });
    return price;
  }

  async confirm(): Promise<string> {
    return await this.ctx.ref(Mailer, "shop").ask.send({ to: "me", text: "confirm" });
  }

  remind(): void {
    this.ctx.timers.once("reminder", 60_000, () => {
      this.ctx.ref(Mailer, "shop").tell.send({ to: "me", text: "reminder" });
    });
  }
}

/** Volatile. */
export class Greeter extends Actor {
  static type = "greeter";
  greet(name: string): string {
    return `hello ${name}`;
  }
}

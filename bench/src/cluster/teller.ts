// The volatile actor that the rows speak to. It lives on the other node, since this one hosts no type.
import { Actor } from "@aether/actor";

export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly currency: string;
  readonly note: string;
}

export interface Receipt {
  readonly balance: number;
  readonly transfers: number;
}

/** About a hundred bytes of JSON, as many a command has. */
export const transfer: Transfer = {
  from: "account-1",
  to: "account-2",
  amount: 125.5,
  currency: "EUR",
  note: "rent for November",
};

export class Teller extends Actor {
  static readonly type: string = "teller";
  #balance = 0;
  #transfers = 0;

  transfer({ amount }: Transfer): Receipt {
    this.#balance += amount;
    return { balance: this.#balance, transfers: ++this.#transfers };
  }

  add(amount: number): void {
    this.#balance += amount;
    this.#transfers++;
  }

  transfers(): number {
    return this.#transfers;
  }
}

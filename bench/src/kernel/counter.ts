// The receiver of most rows, ours and by hand: it adds up, and counts down what it has handled.
import { Actor } from "@aether/actor";
import type { Countdown } from "../countdown.ts";
import { HandActor } from "./limit.ts";

export class Counter extends Actor {
  static type = "counter";
  readonly #done: Countdown;
  #total = 0;

  constructor(done: Countdown) {
    super();
    this.#done = done;
  }

  add(amount: number): void {
    this.#total += amount;
    this.#done.hit();
  }

  total(): number {
    return this.#total;
  }
}

export type CounterMessage =
  | { readonly type: "add"; readonly amount: number }
  | { readonly type: "total"; readonly resolve: (total: number) => void };

export function handCounter(done: Countdown): HandActor<CounterMessage> {
  let total = 0;
  return new HandActor((message) => {
    if (message.type === "add") {
      total += message.amount;
      done.hit();
    } else {
      message.resolve(total);
    }
  });
}

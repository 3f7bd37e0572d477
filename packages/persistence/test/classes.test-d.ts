// What event-sourced classes promise by type. Compiled by `tsc -b`, never run.
import type { ActorRef } from "@aether/actor";
import { EventSourcedActor, type Events, hybrid, persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";

type Equal<A, B> = [A, B] extends [B, A] ? true : false;
declare function sameType<A, B>(isSame: Equal<A, B>): void;

type AccountEvent = { type: "deposited"; amount: number } | { type: "withdrawn"; amount: number };

class Account extends EventSourcedActor<AccountEvent> {
  static type = "account";
  static readonly events: Events<AccountEvent> = { deposited: 1, withdrawn: 1 };
  state = { balance: 0 };
  apply(event: AccountEvent): void {
    sameType<typeof event.type, "deposited" | "withdrawn">(true);
    this.state.balance += event.type === "deposited" ? event.amount : -event.amount;
  }
  override snapshot(): number {
    return this.state.balance;
  }
  override restore(data: number): void {
    this.state = { balance: data };
  }
  deposit(amount: number): number {
    sameType<ReturnType<typeof this.persist>, this["state"]>(true);
    return this.persist({ type: "deposited", amount }).balance;
  }
  wrong(): void {
    // @ts-expect-error an event that is not declared
    this.persist({ type: "closed" });
    // @ts-expect-error an event with a wrong field
    this.persist({ type: "deposited", amount: "5" });
    // @ts-expect-error an event with a missing field
    this.persist({ type: "deposited" });
  }
}

export async function calls(alice: ActorRef<Account>): Promise<void> {
  sameType<keyof typeof alice.ask, "deposit" | "wrong">(true);
  // @ts-expect-error a wrong argument
  await alice.ask.deposit("x");
  // @ts-expect-error apply is a hook
  await alice.ask.apply({ type: "deposited", amount: 1 });
  // @ts-expect-error persist is no command
  await alice.ask.persist({ type: "deposited", amount: 1 });
  // @ts-expect-error durable is no command
  await alice.ask.durable();
  // @ts-expect-error snapshot is a hook
  await alice.ask.snapshot();
  // @ts-expect-error restore is a hook
  await alice.ask.restore(5);
  // @ts-expect-error ctx is no command
  void alice.ask.ctx;
  // @ts-expect-error state is no command
  void alice.ask.state;
}

// @ts-expect-error an event left out of `static events`
export const incomplete: Events<AccountEvent> = { deposited: 1 };
// @ts-expect-error an event that does not exist
export const tooMany: Events<AccountEvent> = { deposited: 1, withdrawn: 1, closed: 1 };
// @ts-expect-error a misspelled option of persistence
export const misspelled = () => persistence({ store: memory(), maxRecovery: 1 });
// @ts-expect-error persistence needs a store
export const storeless = () => persistence({});
// @ts-expect-error a misspelled option of a policy
export const policy = () => hybrid({ minEvent: 5 });

// @ts-expect-error a class without apply
export class NoApply extends EventSourcedActor<AccountEvent> {
  static type = "no-apply";
  state = 0;
}
// @ts-expect-error a class without state
export class NoState extends EventSourcedActor<AccountEvent> {
  static type = "no-state";
  apply(): void {}
}

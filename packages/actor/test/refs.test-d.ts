// What refs promise by type. Compiled by `tsc -b`, never run.
import { Actor, type ActorRef, type ActorSystem, createSystem, host, isRejection, Rejection } from "@aether/actor";

type Equal<A, B> = [A, B] extends [B, A] ? true : false;
declare function sameType<A, B>(isSame: Equal<A, B>): void;

class Account extends Actor {
  static type = "account";
  balance = 0;
  #audit(): void {}
  get overdrawn(): boolean {
    return this.balance < 0;
  }
  override onStart(): void {
    this.#audit();
  }
  deposit(amount: number, note?: string): number {
    this.helper(note);
    return (this.balance += amount);
  }
  async withdraw(amount: number): Promise<number | Rejection<"insufficient-funds", { balance: number }>> {
    return amount > this.balance ? new Rejection("insufficient-funds", { balance: this.balance }) : this.balance;
  }
  async echo<T>(value: T): Promise<T> {
    return value;
  }
  fails(): never {
    throw new Error("always");
  }
  override toString(): string {
    return "account";
  }
  onlyRefuses(): Rejection<"no"> {
    return new Rejection("no");
  }
  protected helper(_note?: string): void {}
}
class Untyped extends Actor {}
class NoActor {
  static type = "no-actor";
}

export async function calls(alice: ActorRef<Account>, system: ActorSystem): Promise<void> {
  sameType<ReturnType<typeof alice.ask.deposit>, Promise<number>>(true);
  sameType<ReturnType<typeof alice.tell.deposit>, void>(true);
  sameType<Parameters<typeof alice.ask.deposit>, [amount: number, note?: string | undefined]>(true);
  // A returned Rejection is not among the replies: it rejects the promise.
  sameType<ReturnType<typeof alice.ask.withdraw>, Promise<number>>(true);
  sameType<ReturnType<typeof alice.ask.onlyRefuses>, Promise<never>>(true);
  sameType<ReturnType<typeof alice.ask.fails>, Promise<never>>(true);
  const echoed: number = await alice.ask.echo(1);
  void echoed;
  sameType<keyof typeof alice.ask, "deposit" | "withdraw" | "echo" | "fails" | "onlyRefuses">(true);
  sameType<keyof typeof alice.tell, "deposit" | "withdraw" | "echo" | "fails" | "onlyRefuses">(true);

  // @ts-expect-error a wrong argument
  await alice.ask.deposit("x");
  // @ts-expect-error a missing argument
  alice.tell.deposit();
  // @ts-expect-error no such command
  await alice.ask.depositt(1);
  // @ts-expect-error hooks are no commands
  await alice.ask.onStart();
  // @ts-expect-error ctx is no command
  void alice.ask.ctx;
  // @ts-expect-error neither is it reachable from outside
  void new Account().ctx;
  // @ts-expect-error accessors are no commands
  void alice.ask.overdrawn;
  // @ts-expect-error fields are no commands
  void alice.ask.balance;
  // @ts-expect-error protected methods are no commands
  await alice.ask.helper();
  // @ts-expect-error a facade is read-only
  alice.ask.deposit = undefined;

  // @ts-expect-error a class without a type
  system.ref(Untyped, "a");
  // @ts-expect-error no actor
  system.ref(NoActor, "a");
  // @ts-expect-error an id is a string
  system.ref(Account, 5);
  // @ts-expect-error a misspelled call option
  alice.with({ timeout: 5 });
}

export async function options(): Promise<void> {
  // @ts-expect-error a misspelled host option
  host(Account, { mailboxSize: 5 });
  // @ts-expect-error a factory of something else
  host(Account, { create: () => new Untyped() });
  // @ts-expect-error a misspelled system option
  await createSystem({ name: "t", actor: [Account] });
  // @ts-expect-error a system has a name
  await createSystem({ actors: [Account] });
  // @ts-expect-error a class without a type cannot be hosted
  await createSystem({ name: "t", actors: [Untyped] });
}

export function narrowing(error: unknown): void {
  if (isRejection(error, "insufficient-funds")) sameType<typeof error.code, "insufficient-funds">(true);
  // @ts-expect-error unknown errors have no code
  void error.code;
}

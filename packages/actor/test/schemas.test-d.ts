// What `Schemas` promises by type. Compiled, never run.
import { Actor, type Schemas } from "@aether/actor";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

class Account extends Actor {
  static type = "account";
  balance = 0;
  override onStart(): void {}
  get overdrawn(): boolean {
    return this.balance < 0;
  }
  deposit(amount: number): number {
    return amount;
  }
  withdraw(amount: number, note?: string): number {
    return amount + (note?.length ?? 0);
  }
  open(owner: { name: string; age?: number | undefined }, currency: "EUR" | "USD"): string {
    return owner.name + currency;
  }
  close(): void {}
  tag(name?: string): string | undefined {
    return name;
  }
  async later(at: Date): Promise<Date> {
    return at;
  }
}

// One parameter: its schema, alone or in a list. What counts is what the schema gives, not what it takes.
export const zod: Schemas<Account> = {
  deposit: z.number().positive(),
  withdraw: [z.coerce.number(), z.string().optional()],
  open: [z.object({ name: z.string(), age: z.number().optional() }), z.enum(["EUR", "USD"])],
  close: [],
  tag: z.string().optional(),
  later: z.iso.datetime().transform((text) => new Date(text)),
};
export const valibot: Schemas<Account> = {
  deposit: [v.pipe(v.string(), v.transform(Number))],
  withdraw: [v.number(), v.optional(v.string())],
  open: [v.object({ name: v.string() }), v.picklist(["EUR", "USD"])],
  tag: v.string(),
};
export const arktype: Schemas<Account> = {
  deposit: type("string.numeric.parse"),
  withdraw: [type("number > 0"), type("string | undefined")],
  open: [type({ name: "string", "age?": "number" }), type("'EUR' | 'USD'")],
};
/** A narrower output is fine, and so is no schema at all. */
export const narrower: Schemas<Account> = { withdraw: [z.literal(5), z.string()] };
export const none: Schemas<Account> = {};

export const wrong: Schemas<Account>[] = [
  // @ts-expect-error a name that is no command
  { depositt: z.number() },
  // @ts-expect-error a hook is none
  { onStart: [] },
  // @ts-expect-error an accessor is none
  { overdrawn: z.boolean() },
  // @ts-expect-error a field is none
  { balance: z.number() },
  // @ts-expect-error an output of another type
  { deposit: z.string() },
  // @ts-expect-error the same in a list
  { deposit: [z.string()] },
  // @ts-expect-error the same in another library
  { deposit: v.string() },
  // @ts-expect-error the same in a third
  { deposit: type("string") },
  // @ts-expect-error a transform to another type
  { deposit: z.number().transform(String) },
  // @ts-expect-error an output that may be absent where the parameter may not
  { deposit: z.number().optional() },
  // @ts-expect-error one schema for several parameters
  { withdraw: z.number() },
  // @ts-expect-error a list that lacks the optional parameter
  { withdraw: [z.number()] },
  // @ts-expect-error a list that is too long
  { deposit: [z.number(), z.number()] },
  // @ts-expect-error the wrong order
  { withdraw: [z.string().optional(), z.number()] },
  // @ts-expect-error a member that is missing
  { open: [z.object({ age: z.number() }), z.enum(["EUR", "USD"])] },
  // @ts-expect-error a value that the parameter does not know
  { open: [z.object({ name: z.string() }), z.enum(["EUR", "CHF"])] },
  // @ts-expect-error a schema for what has no parameter
  { close: z.number() },
  // @ts-expect-error no schema
  { deposit: (n: number) => n > 0 },
];

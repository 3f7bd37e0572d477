// How a command ended for its caller.
import { AetherError, Rejection } from "@aether/actor";

export type Outcome =
  | { readonly type: "replied"; readonly reply: unknown }
  | { readonly type: "rejected"; readonly rejection: Rejection }
  | { readonly type: "failed"; readonly error: unknown };

export async function outcomeOf(answer: Promise<unknown>): Promise<Outcome> {
  try {
    return { type: "replied", reply: await answer };
  } catch (error) {
    return error instanceof Rejection ? { type: "rejected", rejection: error } : { type: "failed", error };
  }
}

export function describeOutcome(outcome: Outcome): string {
  switch (outcome.type) {
    case "replied":
      return `it replied ${JSON.stringify(outcome.reply) ?? "undefined"}`;
    case "rejected":
      return `it was rejected: ${outcome.rejection.code} ${JSON.stringify(outcome.rejection.data) ?? ""}`.trim();
    case "failed": {
      const { error } = outcome;
      if (!(error instanceof AetherError)) return `it failed: ${String(error)}`;
      const cause = error.cause instanceof Error ? `, caused by ${error.cause.message}` : "";
      const isFrozen = / read only property |object is not extensible/.test(error.message);
      const hint = isFrozen ? " (events are frozen, and so is what the state took over from one: copy it first)" : "";
      return `it failed with ${error.code}: ${error.message}${cause}${hint}`;
    }
  }
}

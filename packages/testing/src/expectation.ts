// What a test expects of the last command, and the comparison with what came.
import { AssertionError } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import { AetherError } from "@aether/actor";
import { describeDifference } from "./difference.ts";
import { BadScenario } from "./errors.ts";
import { describeOutcome, type Outcome } from "./outcome.ts";
import type { StubbedCall } from "./stand-in.ts";

/** All that is left out is not compared, except that a command which nobody expected to fail must not. */
export interface Expectation<Event, State, Reply> {
  /** What the commands stored, in order; `[]` for nothing. */
  readonly events?: readonly Event[];
  readonly state?: State;
  /** Of the last command. */
  readonly reply?: Reply;
  /** The last command was refused: by its code, or by code and data. */
  readonly rejection?: string | { readonly code: string; readonly data?: unknown };
  /** The last command failed with the runtime's error of this code, such as `ACTOR_FAILED`. */
  readonly error?: string;
  /** What the stubs got, in order, stub by stub. */
  readonly calls?: readonly StubbedCall[];
}

/** What came. */
export interface Observed {
  /** Of the last command; `undefined` when there was none. */
  readonly outcome: Outcome | undefined;
  readonly events: readonly unknown[];
  readonly state: unknown;
  readonly calls: readonly StubbedCall[];
}

const names: readonly string[] = [
  "events",
  "state",
  "reply",
  "rejection",
  "error",
  "calls",
] satisfies (keyof Expectation<never, never, never>)[];

/** @throws BadScenario for a name that there is not, or that cannot be compared here */
export function checkExpectation(
  expected: object,
  { hasCommand, hasState }: { hasCommand: boolean; hasState: boolean },
): void {
  const unknown = Object.keys(expected).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new BadScenario(`expect: there is no "${unknown}"; there are ${names.join(", ")}.`);
  const ends = ["reply", "rejection", "error"].filter((name) => name in expected);
  if (ends.length > 1)
    throw new BadScenario(`expect: a command ends in one way; ${ends.join(" and ")} are both given.`);
  if (ends.length > 0 && !hasCommand) throw new BadScenario(`expect: ${ends[0] ?? ""} needs a command; add when(…).`);
  if (hasState) return;
  const kept = ["events", "state"].find((name) => name in expected);
  if (kept !== undefined)
    throw new BadScenario(`expect: a volatile actor has no stored ${kept}; ask it, and expect a reply.`);
}

/** @throws AssertionError with the difference */
export function compare(expected: Expectation<unknown, unknown, unknown>, observed: Observed): void {
  compareOutcome(expected, observed.outcome);
  if ("events" in expected) equal(observed.events, expected.events, "the stored events are others");
  if ("state" in expected) equal(observed.state, expected.state, "the state is another");
  if ("calls" in expected) equal(observed.calls, expected.calls, "the calls of stubs are others");
}

function compareOutcome(expected: Expectation<unknown, unknown, unknown>, outcome: Outcome | undefined): void {
  if (outcome === undefined) return;
  if (expected.rejection !== undefined) return compareRejection(expected.rejection, outcome);
  if (expected.error !== undefined) return compareError(expected.error, outcome);
  if (outcome.type !== "replied")
    throw new AssertionError({ message: `the command should reply, but ${describeOutcome(outcome)}` });
  if ("reply" in expected) equal(outcome.reply, expected.reply, "the reply is another");
}

function compareRejection(
  expected: string | { readonly code: string; readonly data?: unknown },
  outcome: Outcome,
): void {
  const wanted = typeof expected === "string" ? { code: expected } : expected;
  if (outcome.type !== "rejected") {
    throw new AssertionError({
      message: `the command should be rejected ("${wanted.code}"), but ${describeOutcome(outcome)}`,
    });
  }
  const { code, data } = outcome.rejection;
  equal("data" in wanted ? { code, data } : { code }, wanted, "the rejection is another");
}

function compareError(code: string, outcome: Outcome): void {
  const isIt = outcome.type === "failed" && outcome.error instanceof AetherError && outcome.error.code === code;
  if (!isIt)
    throw new AssertionError({ message: `the command should fail with ${code}, but ${describeOutcome(outcome)}` });
}

function equal(actual: unknown, expected: unknown, message: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const difference = describeDifference(actual, expected);
  throw new AssertionError({ message: `${message}\n${difference}`, actual, expected, operator: "deepStrictEqual" });
}

// What a test expects of the last command, and the comparison with what came.
import { AssertionError } from "node:assert";
import { AetherError } from "@aether/actor";
import { mustEqual } from "./difference.ts";
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
  /** Commands whose answer was neither returned nor awaited, for people. */
  readonly dropped: readonly string[];
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
  checkRejection((expected as { readonly rejection?: unknown }).rejection);
  const ends = ["reply", "rejection", "error"].filter((name) => name in expected);
  if (ends.length > 1)
    throw new BadScenario(`expect: a command ends in one way; ${ends.join(" and ")} are both given.`);
  if (ends.length > 0 && !hasCommand) throw new BadScenario(`expect: ${ends[0] ?? ""} needs a command; add when(…).`);
  if (hasState) return;
  const kept = ["events", "state"].find((name) => name in expected);
  if (kept !== undefined)
    throw new BadScenario(`expect: a volatile actor has no stored ${kept}; ask it, and expect a reply.`);
}

/** A misspelled `data` would not be compared. */
function checkRejection(rejection: unknown): void {
  if (rejection === undefined || typeof rejection === "string") return;
  if (typeof rejection !== "object" || rejection === null) {
    throw new BadScenario("expect: rejection is a code, or { code, data }.");
  }
  const unknown = Object.keys(rejection).find((name) => name !== "code" && name !== "data");
  if (unknown !== undefined) throw new BadScenario(`expect: rejection has no "${unknown}"; there are code, data.`);
  if (!("code" in rejection)) throw new BadScenario("expect: rejection lacks its code.");
}

/** @throws AssertionError with the difference */
export function compare(expected: Expectation<unknown, unknown, unknown>, observed: Observed): void {
  compareOutcome(expected, observed);
  if ("events" in expected) mustEqual("the stored events are others", observed.events, expected.events);
  if ("state" in expected) mustEqual("the state is another", observed.state, expected.state);
  if ("calls" in expected) mustEqual("the calls of stubs are others", observed.calls, expected.calls);
}

function compareOutcome(
  expected: Expectation<unknown, unknown, unknown>,
  { outcome, dropped }: Pick<Observed, "outcome" | "dropped">,
): void {
  if (outcome === undefined) return;
  if (expected.rejection !== undefined) return compareRejection(expected.rejection, outcome);
  if (expected.error !== undefined) return compareError(expected.error, outcome);
  if (outcome.type !== "replied")
    throw new AssertionError({ message: `the command should reply, but ${describeOutcome(outcome)}` });
  const hint = outcome.reply === undefined && dropped.length > 0 ? ` (when did not return ${dropped.join(", ")})` : "";
  if ("reply" in expected) mustEqual(`the reply is another${hint}`, outcome.reply, expected.reply);
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
  mustEqual("the rejection is another", "data" in wanted ? { code, data } : { code }, wanted);
}

function compareError(code: string, outcome: Outcome): void {
  const isIt = outcome.type === "failed" && outcome.error instanceof AetherError && outcome.error.code === code;
  if (!isIt)
    throw new AssertionError({ message: `the command should fail with ${code}, but ${describeOutcome(outcome)}` });
}

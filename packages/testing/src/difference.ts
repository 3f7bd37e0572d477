// What two values differ in, as a person reads it.
import { AssertionError, deepStrictEqual } from "node:assert";
import { inspect, isDeepStrictEqual } from "node:util";

/**
 * What a comparison fails with: the message, and below it lines with `+` for what came and `-` for what was expected. Runners
 * find both sides in `actual` and `expected`; with an `operator` Node would add lines of its own.
 */
export function differs(message: string, actual: unknown, expected: unknown): AssertionError {
  return new AssertionError({ message: `${message}\n${linesOf(actual, expected)}`, actual, expected });
}

/** @throws AssertionError with the difference */
export function mustEqual(message: string, actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) throw differs(message, actual, expected);
}

function linesOf(actual: unknown, expected: unknown): string {
  try {
    deepStrictEqual(actual, expected);
    return "";
  } catch (error) {
    const [, first, ...lines] = (error as Error).message.split("\n");
    if (first?.startsWith("+ actual") === true) return `+ came - expected\n${lines.filter(Boolean).join("\n")}`;
    return `+ came - expected\n+ ${inspect(actual)}\n- ${inspect(expected)}`;
  }
}

// What two values differ in, as a person reads it.
import { deepStrictEqual } from "node:assert";
import { inspect } from "node:util";

/** Lines with `+` for what came and `-` for what was expected; empty when they are deeply equal. */
export function describeDifference(actual: unknown, expected: unknown): string {
  try {
    deepStrictEqual(actual, expected);
    return "";
  } catch (error) {
    const [, first, ...lines] = (error as Error).message.split("\n");
    if (first?.startsWith("+ actual") === true) return `+ came - expected\n${lines.filter(Boolean).join("\n")}`;
    return `+ came - expected\n+ ${inspect(actual)}\n- ${inspect(expected)}`;
  }
}

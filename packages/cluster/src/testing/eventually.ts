// Waiting for what another node or a server brings about, without a guess at how long it takes.
import { deepStrictEqual } from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

const giveUpAfter = 500;
const everyMs = 10;

/** Looks again until both are equal, for about five seconds. @throws AssertionError with the last difference */
export async function eventually(look: () => unknown, expected: unknown): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return deepStrictEqual(look(), expected);
    } catch (error) {
      if (attempt === giveUpAfter) throw error;
      await delay(everyMs);
    }
  }
}

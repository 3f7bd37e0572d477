// What `persistence(…)` takes: every option is checked by name and range before anything is opened.
import { persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { expect, it } from "vitest";
import { defaults, settleOptions } from "../src/persistence-options.ts";

const store = memory();
const refusal = (options: object) => () => persistence({ store, ...options });

it.each<[object, string]>([
  [{ commandHorizon: { maxBytes: -1 } }, "commandHorizon.maxBytes is -1; use a whole number from 0"],
  [{ commandHorizon: { minCount: Number.NaN } }, "commandHorizon.minCount is NaN"],
  [{ commandHorizon: { minAgeMs: 1.5 } }, "commandHorizon.minAgeMs is 1.5"],
  [{ commandHorizon: { maxCount: 0 } }, "commandHorizon.maxCount is 0; use a whole number from 1"],
  [{ commandHorizon: { maxCount: "9" } }, 'commandHorizon.maxCount is "9"'],
  [{ commandHorizon: { maxCount: 10 } }, "commandHorizon.minCount (1000) is above maxCount (10)"],
  [{ commandHorizon: { count: 1 } }, 'commandHorizon: unknown option "count"'],
  [{ commandHorizon: null }, "commandHorizon is no object"],
  [{ maxRecoveries: Number.NaN }, "maxRecoveries is NaN"],
  [{ recoverWithinMs: Number.POSITIVE_INFINITY }, "recoverWithinMs is Infinity"],
  [{ freezeEvents: "no" }, 'freezeEvents is "no"; use true or false'],
  [{ checkInitialState: 0 }, "checkInitialState is 0; use true or false"],
])("%j is refused", (options, message) => {
  expect(refusal(options)).toThrow(message);
});

it("what is undefined has its default, also within the horizon", () => {
  const options = {
    store,
    maxRecoveries: undefined,
    codec: undefined,
    commandHorizon: { minCount: 5, maxBytes: undefined },
  };
  expect(settleOptions(options as never)).toEqual({
    ...defaults,
    store,
    commandHorizon: { ...defaults.commandHorizon, minCount: 5 },
  });
});

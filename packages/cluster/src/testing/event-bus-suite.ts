// The conformance suite of the event bus: properties B1 to B22, groups (B9, B10) left out, since there are none yet.
import { durableCases } from "./event-bus-durable-cases.ts";
import { faultCases } from "./event-bus-fault-cases.ts";
import type { BusCase, BusSuiteOptions } from "./event-bus-place.ts";
import { tellingCases } from "./event-bus-telling-cases.ts";

/**
 * The cases that an event bus has to pass.
 * @example for (const { name, run } of eventBusSuite({ place })) it(name, run);
 */
export function eventBusSuite(options: BusSuiteOptions): BusCase[] {
  const cases = { ...tellingCases, ...durableCases, ...faultCases };
  return Object.entries(cases).map(([name, body]) => ({
    name,
    run: async (): Promise<void> => {
      const place = await options.place();
      try {
        await body(place, options);
      } finally {
        await place.dispose();
      }
    },
  }));
}

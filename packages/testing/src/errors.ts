// The errors of the test kit. A comparison that fails is an AssertionError of Node, which every test runner shows with its
// difference; these are for tests that are written wrongly.
import { AetherError } from "@aether/actor";

/** `TESTING_BAD_SCENARIO`: the test itself is wrong: an option, a step or an expectation that there is not. */
export class BadScenario extends AetherError {
  constructor(problem: string) {
    super("TESTING_BAD_SCENARIO", problem);
  }
}

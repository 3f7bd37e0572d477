// Options as nobody would write them: each is refused by its name.
import { cluster, type ClusterOptions } from "@aether/cluster";
import { memoryCluster } from "@aether/cluster/memory";
import * as fc from "fast-check";
import { expect, it } from "vitest";

const numbers = ["weight", "leaseMs", "heartbeatMs", "joinSteps", "joinStepMs"] as const;
const noNumber = fc
  .oneof(fc.constantFrom("5", "5000", true, null, [5], 5n), fc.anything())
  .filter((value) => typeof value !== "number" && value !== undefined);

it("what is no number, where one is needed", () => {
  const backend = memoryCluster();
  fc.assert(
    fc.property(fc.constantFrom(...numbers), noNumber, (name, value) => {
      const options = { backend, [name]: value } as ClusterOptions;
      expect(() => cluster(options)).toThrow(RangeError);
      expect(() => cluster(options)).toThrow(`cluster: ${name} is `);
    }),
    { numRuns: 500 },
  );
});

it("a lease of less than half a second, or of more than ten minutes", () => {
  const backend = memoryCluster();
  const outside = fc.oneof(fc.double({ max: 499.99 }), fc.double({ min: 600_000.01 }), fc.constant(Number.NaN));
  fc.assert(
    fc.property(outside, (leaseMs) => {
      expect(() => cluster({ backend, leaseMs })).toThrow("cluster: leaseMs is ");
    }),
  );
});

import { base36, parseCommandId } from "@aether/actor";
import * as fc from "fast-check";
import { expect, it } from "vitest";

it("writes whole numbers, and reads them back out of ids", () => {
  const edges = fc.constantFrom(0, 35, 36, 1_295, 1_296, 46_655, 46_656, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER);
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(100_000), edges), fc.constantFrom("", "/1", "/2/3"), (n, nested) => {
      expect(base36(n)).toBe(BigInt(n).toString(36)); // of large numbers, n.toString(36) is not exact
      expect(parseCommandId(`~s1.${base36(n)}${nested}`)).toEqual({ session: "s1", n });
    }),
  );
});

it.each(["~s1.", "~s1./1", "~s1.A", "~s1.1.2", "~s1.a b", "~s2"])("finds no number in %j", (id) => {
  parseCommandId("~s1.1");
  expect(parseCommandId(id)).toBeUndefined();
});

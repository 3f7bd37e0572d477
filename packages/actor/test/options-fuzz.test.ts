// Options as nobody would write them: each is refused by its name, or is one that there is.
import { createSystem } from "@aether/actor";
import * as fc from "fast-check";
import { expect, it } from "vitest";

const numbers = ["askTimeoutMs", "stopTimeoutMs", "deadLetterCapacity"] as const;
const noNumber = fc
  .oneof(fc.constantFrom("5", "5000", true, null, [5], 5n), fc.anything())
  .filter((value) => typeof value !== "number" && value !== undefined);

async function refusal(options: object): Promise<unknown> {
  try {
    const system = await createSystem({ name: "fuzz", log: false, ...options });
    await system.stop();
    return undefined;
  } catch (error) {
    return error;
  }
}

it("refuses what is no number where one is needed, by name", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...numbers), noNumber, async (name, value) => {
      const error = await refusal({ [name]: value });
      expect(error).toBeInstanceOf(RangeError);
      expect((error as Error).message).toContain(`createSystem: ${name} is `);
    }),
    { numRuns: 300 },
  );
});

it("takes a number in its range, and no other", async () => {
  const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -1, Number.NaN, 1e300, Infinity, 3_600_000));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...numbers), value, async (name, number) => {
      const isTaken =
        name === "deadLetterCapacity"
          ? Number.isInteger(number) && number >= 0 && number <= 1_000_000
          : number > 0 && number <= 3_600_000;
      const error = await refusal({ [name]: number });
      if (isTaken) expect(error).toBeUndefined();
      else expect(error).toMatchObject({ name: "RangeError", message: expect.stringContaining(name) as string });
    }),
    { numRuns: 300 },
  );
});

it("refuses a name that there is not", async () => {
  const known = new Set<string>(["name", "actors", "plugins", "log", "clock", "random", "scheduler", ...numbers]);
  await fc.assert(
    fc.asyncProperty(
      fc.string({ minLength: 1 }).filter((name) => !known.has(name)),
      async (name) => {
        const error = await refusal({ [`${name}?`]: 1 });
        expect(error).toMatchObject({
          name: "TypeError",
          message: expect.stringContaining("unknown option") as string,
        });
      },
    ),
    { numRuns: 100 },
  );
});

import { randomId } from "@aether/actor";
import { createSeededRandom } from "@aether/actor/testing";
import { expect, it } from "vitest";

const draw = (seed: number, count: number) => {
  const random = createSeededRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

it("gives the same numbers for the same seed, and others for another", () => {
  expect(draw(1, 100)).toEqual(draw(1, 100));
  expect(draw(1, 5)).not.toEqual(draw(2, 5));
});

it("gives the published numbers of Mulberry32", () => {
  expect(draw(0, 3)).toEqual([0.26642920868471265, 0.0003297457005828619, 0.2232720274478197]);
});

it("is spread evenly enough over [0, 1) for tests", () => {
  const buckets = Array.from({ length: 10 }, () => 0);
  for (const n of draw(42, 10_000)) buckets[Math.floor(n * 10)]! += 1;
  for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

it("makes ids of the asked length from lower-case letters and digits", () => {
  expect(randomId(createSeededRandom(3), 16)).toMatch(/^[0-9a-z]{16}$/);
  expect(randomId({ next: () => 0.999999999 })).toBe("zzzzzzzzzzzz");
});

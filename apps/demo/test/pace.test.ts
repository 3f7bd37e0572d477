import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pace } from "../src/pace.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Takes turns one after the other; the answer tells how many it has had. */
function takeTurns(pace: Pace): () => number {
  let count = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      await pace.turn();
      count++;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  void lane();
  void lane();
  return () => count;
}

describe("the pace of the feed", () => {
  it("is no pace while nothing is to be waited for", () => {
    expect(new Pace().turn()).toBeUndefined();
  });

  it("spreads what may be fed over the time, and then still leaves something", async () => {
    const pace = new Pace();
    const turns = takeTurns(pace);
    pace.slow(1_000, 10_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(turns()).toBeGreaterThan(400);
    expect(turns()).toBeLessThan(600);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(turns()).toBeGreaterThan(600);
    expect(turns()).toBeLessThan(1_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(turns()).toBeLessThanOrEqual(1_000);
    pace.free();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(turns()).toBeGreaterThan(1_500);
  });
});

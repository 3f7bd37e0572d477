import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { reconnectPace } from "../src/reconnect-pace.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What the client does with the answer: it dials if its last attempt lies so long in the past, by the wall clock. */
function dials(pace: () => number, lastConnect: number): boolean {
  return lastConnect + pace() <= Date.now();
}

it("lets the first attempt be made at once, and the next after the pause", () => {
  const pace = reconnectPace(100, 0);
  expect(dials(pace, Date.now())).toBe(true);
  const tried = Date.now();
  vi.advanceTimersByTime(99);
  expect(dials(pace, tried)).toBe(false);
  vi.advanceTimersByTime(1);
  expect(dials(pace, tried)).toBe(true);
});

it("reconnects in time when the wall clock was set back meanwhile", () => {
  const pace = reconnectPace(100, 0);
  expect(dials(pace, Date.now())).toBe(true);
  const tried = Date.now();
  vi.advanceTimersByTime(100);
  vi.setSystemTime(tried - 3_600_000);
  expect(dials(pace, tried)).toBe(true);
});

it("adds chance to the pause, so that nodes do not come back together", () => {
  const pace = reconnectPace(100, 50);
  pace();
  const pause = pace();
  expect(pause).toBeGreaterThanOrEqual(100);
  expect(pause).toBeLessThanOrEqual(150);
});

// Chance that a test can repeat: the same seed gives the same numbers on every machine.
import type { Random } from "../random.ts";

/**
 * Uniform numbers from a 32-bit seed: Mulberry32 (Tommy Ettinger, 2017, public domain; the JavaScript form is that of
 * bryc/code, `PRNGs.md`). Period 2^32; good enough for tests, of no use for secrets.
 * @param seed a whole number; its lowest 32 bits count
 */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next(): number {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

// The method of all benches: two contenders do the same work in the same process, one run after the other in turns, and
// the medians are compared. Machine noise then hits both, and no run pays for the garbage of the one before.
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";

/** One side of a comparison: a program that can be run again and again. */
export interface Contender {
  /** Does `n` operations and gives what one of them cost, in the unit of the row. */
  run(n: number): Promise<number>;
  close?(): Promise<void>;
}

export interface Sides {
  readonly ours: Contender;
  readonly theirs: Contender;
}

export interface Rounds {
  readonly ours: number;
  readonly theirs: number;
  /** Timed runs of each side. */
  readonly runs: number;
}

export interface Medians {
  readonly ours: number;
  readonly theirs: number;
}

const warmUps = 2;
const warmUpShare = 10;

/** Two short warm-ups of each side, then theirs, ours, theirs, ours …; the median of each. */
export async function interleave(sides: Sides, n: Rounds): Promise<Medians> {
  for (let i = 0; i < warmUps; i++) {
    await sides.theirs.run(Math.ceil(n.theirs / warmUpShare));
    await sides.ours.run(Math.ceil(n.ours / warmUpShare));
  }
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let i = 0; i < n.runs; i++) {
    await tidy();
    theirs.push(await sides.theirs.run(n.theirs));
    await tidy();
    ours.push(await sides.ours.run(n.ours));
  }
  return { ours: median(ours), theirs: median(theirs) };
}

/** What one of `n` operations took, in nanoseconds. */
export async function nsEach(n: number, work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return ((performance.now() - from) * 1e6) / n;
}

/** Bytes of heap that `make` leaves behind, for each of the `n` things that it makes. */
export async function bytesEach(n: number, make: () => Promise<unknown>): Promise<number> {
  await tidy();
  const before = process.memoryUsage().heapUsed;
  await make();
  await tidy();
  return (process.memoryUsage().heapUsed - before) / n;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Collects garbage until no finalizer or late promise holds any back. */
export async function tidy(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await nextTurn();
    globalThis.gc?.();
  }
}

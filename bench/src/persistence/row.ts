// One row of `bench -- persistence`: a piece of work that is done through actors, beside the raw store where there is one.
import type { Medians } from "../measure.ts";

/** What a row came to; several rows print more than one. */
export interface Figure {
  /** What tells it from the other figures of its row, such as `{ store: "embedded" }`. */
  readonly labels: Readonly<Record<string, string | number>>;
  readonly unit: "commands/s" | "events/s" | "actors/s" | "ms";
  readonly n: number;
  readonly ours: number;
  /** The raw store in the same run; absent where the row has none. */
  readonly limit: number | undefined;
  readonly bounds: readonly Bound[];
}

/** What is bounded: ours / limit, or ours alone in the unit of the figure. */
export interface Bound {
  readonly of: "ratio" | "ours";
  readonly is: "at least" | "at most";
  readonly value: number;
  readonly aim: number;
}

export interface Row {
  readonly name: string;
  measure(runs: number): Promise<readonly Figure[]>;
}

export interface Sided {
  readonly labels?: Figure["labels"];
  readonly unit: Figure["unit"];
  readonly n: number;
  readonly bounds: readonly Bound[];
}

export function figureOf(sided: Sided, { ours, theirs }: Medians): Figure {
  const { labels = {}, unit, n, bounds } = sided;
  return { labels, unit, n, ours, limit: theirs, bounds };
}

/** Operations in a second. */
export async function perSecond(n: number, work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (n * 1_000) / (performance.now() - from);
}

export function meets(figure: Figure, target: "value" | "aim"): boolean {
  return figure.bounds.every((bound) => {
    const found = bound.of === "ours" ? figure.ours : figure.ours / (figure.limit ?? Number.NaN);
    return bound.is === "at least" ? found >= bound[target] : found <= bound[target];
  });
}

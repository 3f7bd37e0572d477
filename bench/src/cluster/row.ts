// One row of `bench -- cluster`: work between processes that are nodes of one cluster, with what it is bounded by.

export interface Figure {
  /** Appended to the row's name where it has several figures, such as `p50`. */
  readonly part?: string;
  readonly unit: string;
  readonly n: number;
  readonly ours: number;
  /** The same by hand, in the same run; absent where the row has none. */
  readonly raw?: number;
  /** Of `ours / raw`, or of `ours` where there is no `raw`; absent for figures that only inform. */
  readonly bound?: Bound;
  /** Printed beside it. */
  readonly note?: string;
}

export interface Bound {
  readonly is: "at least" | "at most";
  readonly value: number;
  readonly aim: number;
}

export interface Row {
  readonly name: string;
  measure(runs: number): Promise<readonly Figure[]>;
}

/** What is bounded. */
export function valueOf({ ours, raw }: Figure): number {
  return raw === undefined ? ours : ours / raw;
}

export function meets(figure: Figure, target: "value" | "aim"): boolean {
  const { bound } = figure;
  if (bound === undefined) return true;
  return bound.is === "at least" ? valueOf(figure) >= bound[target] : valueOf(figure) <= bound[target];
}

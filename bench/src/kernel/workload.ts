// One row of `bench -- kernel`: a piece of work that is done by our kernel and by the limit.
import type { Contender } from "../measure.ts";

export interface Workload {
  readonly name: string;
  readonly unit: "ns" | "us" | "bytes";
  /** Operations of one timed run. */
  readonly n: number;
  /** What is bounded: ours / limit, or ours alone in the unit of the row. */
  readonly bounded: "ratio" | "ours";
  readonly atMost: number;
  readonly aim: number;
  ours(): Promise<Contender>;
  limit(): Promise<Contender> | Contender;
}

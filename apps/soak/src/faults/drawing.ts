// Which faults a run has, and which is next.
import type { Stage } from "../stage.ts";
import type { Chance } from "../workload.ts";
import { connectionFaults } from "./connection-faults.ts";
import { diskFaults } from "./disk-faults.ts";
import type { Fault } from "./fault.ts";
import { networkFaults } from "./network-faults.ts";
import { processFaults } from "./process-faults.ts";
import { storeFaults } from "./store-faults.ts";

const all: readonly Fault[] = [...processFaults, ...connectionFaults, ...networkFaults, ...diskFaults, ...storeFaults];

export interface Drawable {
  readonly faults: readonly Fault[];
  /** By kind, why it is not among them. */
  readonly skipped: Readonly<Record<string, string>>;
}

export function drawableOn(stage: Stage): Drawable {
  const skipped: Record<string, string> = {};
  const faults = all.filter(({ kind, cannot }) => {
    const why = cannot?.(stage);
    if (why !== undefined) skipped[kind] = why;
    return why === undefined;
  });
  return { faults, skipped };
}

export function drawFault({ faults }: Drawable, chance: Chance): Fault {
  const total = faults.reduce((sum, { weight }) => sum + weight, 0);
  let at = chance() * total;
  for (const fault of faults) {
    at -= fault.weight;
    if (at < 0) return fault;
  }
  throw new Error("no fault can be drawn");
}

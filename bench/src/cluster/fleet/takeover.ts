// How long the tills of a lost node are without an answer: from the loss to the first command that a new owner
// acknowledged, for each of them. Tills had a command outstanding, or were about to send one.
import type { Fleet } from "./fleet.ts";
import type { Load } from "./load.ts";

/** The node is lost by `lose`; settles once all its tills were answered for by another start of some node. */
export async function takeovers(fleet: Fleet, load: Load, name: string, lose: () => void): Promise<readonly number[]> {
  const waiting = new Set(load.tills.filter((till) => fleet.ownerOf(till) === name));
  if (waiting.size === 0) throw new Error(`${name} owns no till: there is nothing to take over`);
  const epoch = fleet.known(name)?.epoch;
  const took: number[] = [];
  await new Promise<void>((resolve) => {
    lose();
    const lostAt = performance.now();
    load.acknowledged = (till) => {
      const owner = fleet.ownerOf(till);
      const isNew = owner !== undefined && (owner !== name || fleet.known(name)?.epoch !== epoch);
      if (!isNew || !waiting.delete(till)) return;
      took.push(performance.now() - lostAt);
      if (waiting.size === 0) resolve();
    };
  });
  load.acknowledged = () => undefined;
  return took;
}

/** The value that the share of all values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

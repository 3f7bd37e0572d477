// The museum: what could have been written instead, and must not go unnoticed. Each bug is one place in the source.
import type { Bug } from "./bug.ts";
import { busBugs } from "./bus-bugs.ts";
import { clusterBugs } from "./cluster-bugs.ts";
import { kernelBugs } from "./kernel-bugs.ts";
import { storeBugs } from "./store-bugs.ts";

export const bugs: readonly Bug[] = [...storeBugs, ...kernelBugs, ...clusterBugs, ...busBugs];

/** @throws RangeError when there is none of this name */
export function bugNamed(name: string): Bug {
  const found = bugs.find((bug) => bug.name === name);
  if (found === undefined)
    throw new RangeError(`the museum has no bug "${name}"; it has ${bugs.map((bug) => bug.name).join(", ")}`);
  return found;
}

// Whether processes behaved: I15, I16.
import type { Growth } from "../memory-samples.ts";
import type { Violation } from "./violation.ts";

/** Of a process that was watched for a while; its heap breathes by a few tens of MiB. */
export const maxGrownMebibytes = 64;

/** @param watched those that were not killed while they were watched */
export function* checkProcesses(crashes: readonly string[], watched: readonly Growth[]): Iterable<Violation> {
  for (const what of crashes) yield { invariant: "I15 processes run until they are ended", what };
  for (const { process, grownMebibytes, minutes, isSettled } of watched) {
    if (!isSettled || grownMebibytes <= maxGrownMebibytes) continue;
    const what = `${process} grew by ${Math.round(grownMebibytes)} MiB within ${minutes.toFixed(1)} minutes`;
    yield { invariant: "I16 memory does not grow without end", what };
  }
}

// How the demo ends when it did not come to its end: one line on standard error, and an exit code that says why.
import { Interrupted } from "./stop.ts";
import { UsageError } from "./usage-error.ts";

export const exitCodes = { match: 0, mismatch: 1, failed: 1, usage: 2, interrupted: 130 };

/** @returns the exit code */
export function explain(error: unknown): number {
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*[\r\n]\s*/g, " ");
  const isOwn = error instanceof UsageError || error instanceof Interrupted;
  process.stderr.write(`${isOwn ? "" : "failed: "}${message}\n`);
  if (error instanceof UsageError) return exitCodes.usage;
  return error instanceof Interrupted ? exitCodes.interrupted : exitCodes.failed;
}

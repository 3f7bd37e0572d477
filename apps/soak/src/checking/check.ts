// All invariants that a run must keep (the list is that of the project's reliability plan; I11 is looked at while it runs).
import { checkLogs } from "./logs.ts";
import { checkOrdering } from "./ordering.ts";
import type { Run } from "./record.ts";
import { checkStoring } from "./storing.ts";
import type { Violation } from "./violation.ts";

export function check(run: Run): Violation[] {
  return [...checkStoring(run), ...checkOrdering(run), ...checkLogs(run)];
}

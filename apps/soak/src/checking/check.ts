// All invariants that a run must keep (the list is that of the project's reliability plan).
import { checkLogs } from "./logs.ts";
import { checkOrdering } from "./ordering.ts";
import type { Run } from "./record.ts";
import { checkReplicas } from "./replicas.ts";
import { checkStoring } from "./storing.ts";
import { checkTelling } from "./telling.ts";
import type { Violation } from "./violation.ts";

export function check(run: Run): Violation[] {
  return [...checkStoring(run), ...checkOrdering(run), ...checkLogs(run), ...checkTelling(run), ...checkReplicas(run)];
}

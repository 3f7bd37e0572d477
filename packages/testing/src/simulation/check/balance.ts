// I12: what was sent from one account to another arrived there, once everything is settled. All that callers could repeat
// was repeated; for the rest, half of a transfer may stand, since its caller does not know that it has to try again.
import type { Op } from "../run/history.ts";
import type { Standing } from "./log.ts";
import type { Violation } from "./violation.ts";

export function checkBalance(ops: readonly Op[], stored: ReadonlyMap<string, readonly Standing[]>): Violation[] {
  return ops.flatMap((op) => {
    if (op.kind !== "transfer" || !(op.hasId || op.result?.type === "ok")) return [];
    const all = stored.get(op.id) ?? [];
    const [sent, received] = ["sent", "received"].map((type) => all.filter(({ event }) => event.type === type).length);
    if (sent === received) return [];
    const what = `${op.id} was sent ${sent} times by ${op.actor} and received ${received} times by ${op.to}`;
    return [{ invariant: "I12 nothing is lost between two accounts", what }];
  });
}

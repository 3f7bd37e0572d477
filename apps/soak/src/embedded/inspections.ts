// What damaged stores showed, held against the log: right, an error by its name, shorter than what was acknowledged, or wrong.
// Shorter is no violation where nothing could say so: the index of the write-ahead log goes with the power.
import { eventsOf, type Run } from "../checking/record.ts";
import type { Violation } from "../checking/violation.ts";
import type { Damage } from "./damaging.ts";
import type { Inspected } from "./inspecting-main.ts";

export interface Inspection {
  /** When the store was copied. */
  readonly at: number;
  readonly damage: Damage;
  /** Only the process had died: the index of the write-ahead log says how far that was flushed. */
  readonly hasIndex: boolean;
  readonly shown: readonly Inspected[];
}

export interface Judged {
  readonly counts: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
}

export function judge(inspections: readonly Inspection[], run: Run): Judged {
  const counts: Record<string, number> = {};
  const violations: Violation[] = [];
  const folds = new Map(run.wallets.map((wallet) => [wallet.wallet, sumsOf(wallet)]));
  const acknowledged = acknowledgedOf(run);
  for (const { at, damage, hasIndex, shown } of inspections) {
    const isEndKnown = hasIndex && damage.isInLog;
    for (const one of shown) {
      const verdict = verdictOn(one, folds.get(one.wallet) ?? [0], acknowledged.get(one.wallet)?.(at) ?? 0);
      const name = `${damage.kind}: ${verdict}`;
      counts[name] = (counts[name] ?? 0) + 1;
      const isBroken = verdict === "wrong" || verdict === "unnamed error" || (verdict === "shorter" && isEndKnown);
      if (!isBroken) continue;
      const what = `${verdict} with a ${damage.kind} in ${damage.where}: ${JSON.stringify(one)}`;
      violations.push({ invariant: "I17 damage is named", what, wallet: one.wallet });
    }
  }
  return { counts, violations };
}

function verdictOn(one: Inspected, sums: readonly number[], leastVersion: number): string {
  if ("error" in one) return one.error.startsWith("unnamed") ? "unnamed error" : one.error;
  if (sums[one.n] !== one.sum) return "wrong";
  return one.n >= leastVersion ? "right" : "shorter";
}

function sumsOf(wallet: Run["wallets"][number]): readonly number[] {
  const sums = [0];
  for (const { amount } of eventsOf(wallet)) sums.push((sums.at(-1) ?? 0) + amount);
  return sums;
}

/** By wallet: the highest version that was told before a moment. */
function acknowledgedOf({ asked }: Run): Map<string, (at: number) => number> {
  const told = new Map<string, { readonly to: number; readonly n: number }[]>();
  for (const { operation, outcome, to, n } of asked.values()) {
    if (outcome !== "ok" || n === undefined || operation.kind === "transfer") continue;
    const known = told.get(operation.wallet);
    if (known === undefined) told.set(operation.wallet, [{ to, n }]);
    else known.push({ to, n });
  }
  const most = (all: readonly { to: number; n: number }[], at: number): number =>
    all.reduce((max, { to, n }) => (to < at ? Math.max(max, n) : max), 0);
  return new Map([...told].map(([wallet, all]) => [wallet, (at) => most(all, at)]));
}

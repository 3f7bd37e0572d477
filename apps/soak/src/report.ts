// What a run comes to, for people and for programs.
import type { Asked } from "./checking/record.ts";
import type { Violation } from "./checking/violation.ts";
import type { Disturbed } from "./disturbing.ts";

export interface Report {
  readonly seed: number;
  readonly minutes: number;
  readonly servers: number;
  readonly nodes: number;
  readonly clients: number;
  readonly commands: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Commands whose outcome nobody knew for a while, and what it was. */
  readonly unknown: {
    readonly count: number;
    readonly settledDone: number;
    readonly settledRefused: number;
    readonly open: number;
  };
  readonly faults: number;
  /** By kind: how many, how many of them met a write under way, and how long the writes under way took, in milliseconds. */
  readonly byKind: Readonly<Record<string, KindReport>>;
  readonly overlapping: number;
  readonly events: number;
  readonly commits: number;
  readonly violations: number;
  readonly found: readonly Violation[];
  readonly notes: Readonly<Record<string, number>>;
  readonly duplicateActivations: { readonly count: number; readonly maxMs: number };
  /** Of the node that ran longest, in bytes an hour; `undefined` when none ran for a minute. */
  readonly rssSlope: number | undefined;
  readonly versions: { readonly node: string; readonly natsServer: string };
}

export interface KindReport {
  readonly count: number;
  readonly overlapping: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Writes that were under way when the fault began, or began while it lasted. */
export function kindsOf(faults: readonly Disturbed[], asked: Iterable<Asked>): Record<string, KindReport> {
  const writes = [...asked].filter(({ operation }) => operation.kind !== "read" && operation.kind !== "timer");
  const kinds: Record<string, { count: number; overlapping: number; worst: number[] }> = {};
  for (const { kind, from, to } of faults) {
    const known = (kinds[kind] ??= { count: 0, overlapping: 0, worst: [] });
    const met = writes.filter((write) => write.from <= to && write.to >= from);
    const durations = met.map((write) => write.to - write.from).filter((ms) => Number.isFinite(ms));
    known.count++;
    if (met.some((write) => write.from <= from)) known.overlapping++;
    known.worst.push(durations.reduce((max, ms) => Math.max(max, ms), 0));
  }
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, { count, overlapping, worst }]) => {
      const sorted = worst.toSorted((a, b) => a - b);
      const at = (share: number): number =>
        Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
      return [kind, { count, overlapping, p50: at(0.5), p99: at(0.99), max: at(1) }];
    }),
  );
}

export function printReport(report: Report, say: (line: string) => void): void {
  const { unknown, byKind } = report;
  say(`commands ${report.commands}: acknowledged ${report.acknowledged}, refused ${report.refused}`);
  say(
    `unknown for a while ${unknown.count}: done ${unknown.settledDone}, refused ${unknown.settledRefused}, open ${unknown.open}`,
  );
  say(`stored: ${report.events} events in ${report.commits} commits`);
  say(
    `faults ${report.faults}, ${report.overlapping} of them with writes under way; worst wait of a write by kind, ms:`,
  );
  for (const [kind, { count, overlapping, p50, p99, max }] of Object.entries(byKind)) {
    say(`  ${kind.padEnd(18)} ${String(count).padStart(4)} (${overlapping})  p50 ${p50}  p99 ${p99}  max ${max}`);
  }
  for (const [what, count] of Object.entries(report.notes)) say(`noted: ${what} ×${count}`);
  const { count, maxMs } = report.duplicateActivations;
  say(`activations that overlapped: ${count}, at most ${Math.round(maxMs)} ms`);
  if (report.rssSlope !== undefined)
    say(`memory of the longest-lived node: ${(report.rssSlope / 1_048_576).toFixed(1)} MiB an hour`);
  for (const { invariant, what } of report.found) say(`VIOLATION ${invariant}: ${what}`);
  say(
    `violations: ${report.violations}   (seed ${report.seed}, node ${report.versions.node}, nats-server ${report.versions.natsServer})`,
  );
}

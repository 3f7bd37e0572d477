// What faults did to writes, by kind.
import type { Asked } from "./checking/record.ts";
import type { Disturbed } from "./disturbing.ts";

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
  writes.sort((a, b) => a.from - b.from);
  const kinds: Record<string, { count: number; overlapping: number; worst: number[] }> = {};
  for (const { kind, from, to } of faults) {
    const known = (kinds[kind] ??= { count: 0, overlapping: 0, worst: [] });
    known.count++;
    let worst = 0;
    let isMet = false;
    for (const write of met(writes, from, to)) {
      if (write.from <= from) isMet = true;
      if (Number.isFinite(write.to)) worst = Math.max(worst, write.to - write.from);
    }
    if (isMet) known.overlapping++;
    known.worst.push(worst);
  }
  return Object.fromEntries(Object.entries(kinds).map(([kind, figures]) => [kind, toReport(figures)]));
}

/** A write may have begun long before: nothing waits longer than this to be settled or given up. */
const longestMs = 300_000;

function* met(writes: readonly Asked[], from: number, to: number): Iterable<Asked> {
  for (let i = firstFrom(writes, from - longestMs); i < writes.length; i++) {
    const write = writes[i];
    if (write === undefined || write.from > to) return;
    if (write.to >= from) yield write;
  }
}

function firstFrom(writes: readonly Asked[], at: number): number {
  let [low, high] = [0, writes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((writes[middle]?.from ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function toReport({ count, overlapping, worst }: { count: number; overlapping: number; worst: number[] }): KindReport {
  const sorted = worst.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { count, overlapping, p50: at(0.5), p99: at(0.99), max: at(1) };
}

// What all runs of a call showed, as the last line has it.
import type { SimulationReport } from "../run/simulate.ts";

export interface Summary {
  readonly seeds: number;
  readonly violations: number;
  /** Of all runs, in the order of their seeds. */
  readonly traceHash: string;
  readonly failing: readonly number[];
  readonly commands: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly commits: number;
  readonly faults: number;
  readonly fewestCommands: number;
  readonly fewestFaults: number;
  readonly simulatedHours: number;
}

export function summarize(reports: readonly SimulationReport[]): Summary {
  const sorted = reports.toSorted((a, b) => a.seed - b.seed);
  const sum = (of: (report: SimulationReport) => number): number => sorted.reduce((total, one) => total + of(one), 0);
  const least = (of: (report: SimulationReport) => number): number => Math.min(...sorted.map(of));
  return {
    seeds: sorted.length,
    violations: sum(({ violations }) => violations.length),
    traceHash: hashOf(sorted.map(({ traceHash }) => traceHash).join("")),
    failing: sorted.filter(({ violations }) => violations.length > 0).map(({ seed }) => seed),
    commands: sum(({ figures }) => figures.commands),
    acknowledged: sum(({ figures }) => figures.acknowledged),
    unknown: sum(({ figures }) => figures.unknown),
    commits: sum(({ figures }) => figures.commits),
    faults: sum(({ figures }) => figures.faults),
    fewestCommands: least(({ figures }) => figures.commands),
    fewestFaults: least(({ figures }) => figures.faults),
    simulatedHours: Math.round((sum(({ figures }) => figures.virtualMs) / 3_600_000) * 100) / 100,
  };
}

/** One hash of several, in their order; a single one stays itself. */
export function hashOf(text: string): string {
  if (text.length <= 16) return text;
  let high = 0x811c9dc5;
  let low = 0x1234567;
  for (let i = 0; i < text.length; i++) {
    high = Math.imul(high ^ text.charCodeAt(i), 0x01000193);
    low = Math.imul(low + text.charCodeAt(i), 0x85ebca6b) ^ (low >>> 13);
  }
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}

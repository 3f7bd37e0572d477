// What a run has shown: one object for programs, a table for people.
import type { RecoveryStats } from "./node-stats.ts";

export interface NodeRow {
  readonly name: string;
  readonly actors: number;
  readonly memoryBytes: number;
}

export interface Report {
  readonly mode: "nats" | "in-process";
  readonly flights: number;
  readonly airports: number;
  /** Airports whose state is not that of the batch computation, over all three comparisons. */
  readonly mismatches: number;
  readonly events: number;
  readonly commits: number;
  readonly snapshots: number;
  /** Events replayed per recovery of an actor with a history: at the failover, and at the restart of all nodes. */
  readonly averageReplay: number;
  /** Those replayed events as a share of all events of the recovered actors. */
  readonly replayedShare: number;
  readonly retried: number;
  /** From SIGKILL to the first command acknowledged by a new owner: the maximum over the dead node's busy airports. */
  readonly failoverMs: number;
  /** How many airports that is the maximum of. */
  readonly failoverAirports: number;
  readonly commandsPerSecond: number;
  readonly nodes: number;
  readonly killed: number;
  readonly perNode: readonly NodeRow[];
  readonly restart: { readonly bySnapshot: RecoveryStats; readonly byReplay: RecoveryStats };
  /** The first few, if any. */
  readonly differences: readonly string[];
}

const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

export function formatReport(report: Report): string {
  const rows: [string, string][] = [
    ["flights → airports", `${number.format(report.flights)} → ${number.format(report.airports)}`],
    ["events", number.format(report.events)],
    ["commits", number.format(report.commits)],
    ["events per commit", number.format(report.events / report.commits)],
    ["snapshots", number.format(report.snapshots)],
    ["average replay", `${number.format(report.averageReplay)} events (${number.format(report.replayedShare * 100)} % of the histories)`],
    ["commands retried", number.format(report.retried)],
    ["failover", `${number.format(report.failoverMs)} ms, the longest of ${report.failoverAirports} airports`],
    ["durable commands/s", number.format(report.commandsPerSecond)],
    ...report.perNode.map(({ name, actors, memoryBytes }): [string, string] => [
      name,
      `${actors} actors, ${number.format(memoryBytes / 1_048_576)} MiB`,
    ]),
    ["restart by snapshot", formatRecovery(report.restart.bySnapshot)],
    ["restart by full replay", formatRecovery(report.restart.byReplay)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  return [...lines, verdict(report)].join("\n");
}

function formatRecovery({ actors, replayed, tookMs }: RecoveryStats): string {
  return `${number.format(replayed)} events for ${actors} actors, ${number.format(tookMs / Math.max(actors, 1))} ms each`;
}

function verdict({ mismatches, airports, differences }: Report): string {
  if (mismatches === 0) return `All ${airports} airports match the batch computation exactly, after each restart too.`;
  return [`${mismatches} mismatches:`, ...differences].join("\n  ");
}

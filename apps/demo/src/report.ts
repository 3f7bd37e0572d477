// What a run has shown: one object for programs, a table for people.
import type { BoardReport } from "./board.ts";
import type { EmbeddedReport } from "./embedded-report.ts";
import type { FaultKind } from "./fault-plan.ts";
import type { FaultRow } from "./fault.ts";
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
  /** All of them acknowledged: a command that failed ends the run. */
  readonly commands: number;
  readonly retried: number;
  /** Commands that are in no history, and those that are in one twice. */
  readonly lost: number;
  readonly doubled: number;
  /** With `--watch`: what the board has seen by the end of the feed. Its counts are compared, too. */
  readonly board?: BoardReport;
  /** By kind. */
  readonly faults: readonly FaultRow[];
  /**
   * From SIGKILL to the first command acknowledged by a new owner: the maximum over the dead nodes' airports that had a
   * command outstanding at the kill (if none had: over all of the airports); 0 without a kill.
   */
  readonly failoverMs: number;
  /** How many airports that is the maximum of. */
  readonly failoverAirports: number;
  readonly commandsPerSecond: number;
  readonly nodes: number;
  /** How often a node was killed. */
  readonly killed: number;
  readonly perNode: readonly NodeRow[];
  readonly restart: { readonly bySnapshot: Restart; readonly byReplay: Restart };
  /** The first few, if any. */
  readonly differences: readonly string[];
}

/** All nodes were restarted, and every airport was asked for its state. */
export interface Restart extends RecoveryStats {
  /** From the first question to the last answer. */
  readonly tookMs: number;
}

const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

export function formatReport(report: Report | EmbeddedReport): string {
  const rows = report.mode === "embedded" ? rowsOfDirectory(report) : rowsOfNodes(report);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  return [...lines, verdict(report)].join("\n");
}

type Row = readonly [name: string, value: string];

function rowsOfNodes(report: Report): readonly Row[] {
  const { averageReplay, replayedShare } = report;
  const history = `${number.format(averageReplay)} events (${number.format(replayedShare * 100)} % of the histories)`;
  return [
    ...rowsOfStates(report),
    ...rowsOfFeed(report, report.events),
    ["average replay", history],
    ["commands", formatCommands(report)],
    ...(report.board === undefined ? [] : [rowOfBoard(report.board)]),
    ...report.faults.map(rowOfFault),
    ["durable commands/s", number.format(report.commandsPerSecond)],
    ...report.perNode.map(({ name, actors, memoryBytes }): Row => [
      name,
      `${actors} actors, ${number.format(memoryBytes / 1_048_576)} MiB`,
    ]),
    ...rowsOfRestart(report),
  ];
}

function rowsOfDirectory(report: EmbeddedReport): readonly Row[] {
  const { found, fed, commandsPerSecond } = report;
  const speed: Row = ["durable commands/s", number.format(commandsPerSecond)];
  return [
    ...rowsOfStates(report),
    ...(found.actors === 0 ? [] : [["found", formatRestart(found)] as const]),
    ["commands fed", number.format(fed)],
    ...(fed === 0 ? [] : [...rowsOfFeed(report, fed), speed]),
    ...rowsOfRestart(report),
  ];
}

function rowsOfStates({ flights, airports, events }: Report | EmbeddedReport): readonly Row[] {
  return [
    ["flights → airports", `${number.format(flights)} → ${number.format(airports)}`],
    ["events", number.format(events)],
  ];
}

function rowsOfFeed({ commits, snapshots }: Report | EmbeddedReport, events: number): readonly Row[] {
  return [
    ["commits", number.format(commits)],
    ["events per commit", number.format(events / commits)],
    ["snapshots", number.format(snapshots)],
  ];
}

function rowsOfRestart({ restart }: Pick<Report, "restart">): readonly Row[] {
  return [
    ["restart by snapshot", formatRestart(restart.bySnapshot)],
    ["restart by full replay", formatRestart(restart.byReplay)],
  ];
}

function formatCommands({ commands, retried, lost, doubled }: Report): string {
  return `${number.format(commands)} acknowledged, ${number.format(retried)} retried; lost ${lost}, doubled ${doubled}`;
}

function rowOfBoard({ events, missing, duplicates }: BoardReport): Row {
  const seen = `${number.format(events)} of ${number.format(events + missing)} events seen`;
  return ["bus", `${seen}, ${missing} missing, ${duplicates} duplicates`];
}

const faultNames: Readonly<Record<FaultKind, string>> = {
  kill: "kill -9",
  "kill-server": "kill -9 of a server",
  rolling: "rolling restart",
  pause: "pause",
};

function rowOfFault({ kind, count, failoverMs, failoverAirports, longestWaitMs }: FaultRow): Row {
  const failover = `failover ${number.format(failoverMs)} ms, the longest of ${failoverAirports} airports; `;
  const wait = `no command waited longer than ${number.format(longestWaitMs)} ms`;
  return [`${faultNames[kind]} × ${count}`, `${kind === "kill-server" ? "" : failover}${wait}`];
}

function formatRestart({ actors, events, replayed, tookMs }: Restart): string {
  const share = `${number.format(replayed)} of ${number.format(events)} events replayed`;
  return `${share}, all ${actors} airports back after ${number.format(tookMs)} ms`;
}

/** What the run set out to show. */
export function isMatch(report: Report | EmbeddedReport): boolean {
  const isStoredOnce = report.mode === "embedded" || report.lost + report.doubled === 0;
  return report.mismatches === 0 && isStoredOnce;
}

function verdict({ mismatches, airports, differences }: Report | EmbeddedReport): string {
  if (mismatches === 0) return `All ${airports} airports match the batch computation exactly, after each restart too.`;
  return [`${mismatches} mismatches:`, ...differences].join("\n  ");
}

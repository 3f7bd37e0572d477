// The whole run: feed through the faults, compare; then restart everything twice, with and without snapshots, and compare again.
import { cluster } from "@aether/cluster";
import type { AirportState } from "./airport.ts";
import { Board } from "./board.ts";
import { compareAirports, computeAirports } from "./batch.ts";
import { Disturbance } from "./disturbance.ts";
import type { PlannedFault } from "./fault-plan.ts";
import { Feeder } from "./feeder.ts";
import type { Fleet } from "./fleet.ts";
import type { Flight } from "./flights.ts";
import { lookAtAll } from "./looking.ts";
import { Pace } from "./pace.ts";
import { addRecovery, type NodeStats, noRecovery, type RecoveryStats } from "./node-stats.ts";
import type { Report, Restart } from "./report.ts";
import { countStored } from "./stored-commands.ts";

export interface RunParts {
  readonly fleet: Fleet;
  readonly flights: readonly Flight[];
  readonly plan: readonly PlannedFault[];
  /** Whether a board follows what is stored. */
  readonly watch: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly progress: (done: number, total: number) => void;
}

export async function run(parts: RunParts): Promise<Report> {
  const { fleet, flights, say, signal } = parts;
  signal.throwIfAborted();
  const expected = computeAirports(flights);
  await fleet.startAll();
  const counts = `${flights.length} flights to ${expected.size} airports`;
  say(`nodes up: ${fleet.names.length} (${fleet.mode}); feeding ${counts}`);
  const board = parts.watch ? await Board.open(fleet.client) : undefined;
  const fed = await feed(parts);
  await board?.close();
  const airports = await lookAtAll(fleet.client, expected.keys());
  const nodes = await statsOf(fleet);
  const written = await fleet.written();

  const bySnapshot = await restartAndLook(parts, expected, { snapshots: true });
  const byReplay = await restartAndLook(parts, expected, { snapshots: false });
  const stored = await countStored(fleet.client, flights, expected.keys());
  const differences = [
    compareAirports(expected, airports),
    board?.differences(expected) ?? [],
    bySnapshot.differences,
    byReplay.differences,
  ].flat();
  const recovery = addRecovery(recoveryOf(nodes), bySnapshot.restart);
  return {
    mode: fleet.mode,
    flights: flights.length,
    airports: expected.size,
    mismatches: differences.length,
    events: [...airports.values()].reduce((sum, { departures, arrivals }) => sum + departures + arrivals, 0),
    ...written,
    averageReplay: ratio(recovery.replayed, recovery.actors),
    replayedShare: ratio(recovery.replayed, recovery.events),
    ...fed,
    ...stored,
    ...(board === undefined ? {} : { board: board.report(expected) }),
    nodes: fleet.names.length,
    perNode: nodes.map(({ name, stats }) => ({ name, actors: stats.actors, memoryBytes: stats.memoryBytes })),
    restart: { bySnapshot: bySnapshot.restart, byReplay: byReplay.restart },
    differences: differences.slice(0, 10),
  };
}

type Fed = Pick<
  Report,
  "commands" | "retried" | "faults" | "failoverMs" | "failoverAirports" | "commandsPerSecond" | "killed"
>;

/** Feeds all flights through the faults. */
async function feed({ fleet, flights, plan, say, signal, progress }: RunParts): Promise<Fed> {
  const pace = new Pace();
  const disturbance = new Disturbance({ fleet, plan, pace, say });
  const feeder = new Feeder(fleet.client, flights, {
    turn: () => pace.turn(),
    acknowledged(airport, fed, sentAt) {
      progress(fed.done, fed.total);
      disturbance.acknowledged(airport, fed, sentAt);
    },
  });
  const began = performance.now();
  let seconds = 0;
  const fed = feeder.run(signal).then(() => (seconds = (performance.now() - began) / 1_000));
  try {
    const [, faults] = await Promise.all([fed, disturbance.over]);
    const kills = faults.find(({ kind }) => kind === "kill");
    return {
      commands: feeder.done,
      retried: fleet.client.use(cluster).resent,
      faults,
      failoverMs: kills?.failoverMs ?? 0,
      failoverAirports: kills?.failoverAirports ?? 0,
      commandsPerSecond: Math.round(feeder.total / seconds),
      killed: kills?.count ?? 0,
    };
  } finally {
    disturbance.cancel();
  }
}

type NamedStats = readonly { readonly name: string; readonly stats: NodeStats }[];

/** Asks every node for its figures. */
function statsOf(fleet: Fleet): Promise<NamedStats> {
  return Promise.all(fleet.names.map(async (name) => ({ name, stats: await fleet.stats(name) })));
}

interface Restarted {
  readonly restart: Restart;
  readonly differences: readonly string[];
}

async function restartAndLook(
  { fleet, say, signal }: RunParts,
  expected: ReadonlyMap<string, AirportState>,
  options: { readonly snapshots: boolean },
): Promise<Restarted> {
  signal.throwIfAborted();
  await Promise.all(fleet.names.map((name) => fleet.stop(name)));
  signal.throwIfAborted();
  await fleet.startAll(options);
  const began = performance.now();
  const airports = await lookAtAll(fleet.client, expected.keys());
  const tookMs = Math.ceil(performance.now() - began);
  say(`all nodes restarted; airports recovered by ${options.snapshots ? "snapshot + tail" : "full replay"}`);
  const recovery = recoveryOf(await statsOf(fleet));
  return { restart: { ...recovery, tookMs }, differences: compareAirports(expected, airports) };
}

function recoveryOf(nodes: NamedStats): RecoveryStats {
  return nodes.reduce((sum, { stats }) => addRecovery(sum, stats.recovery), noRecovery);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : Number((part / whole).toFixed(4));
}

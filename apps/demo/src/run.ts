// The whole run: feed, kill, compare; then restart everything twice, with and without snapshots, and compare again.
import { cluster } from "@aether/cluster";
import type { AirportState } from "./airport.ts";
import { compareAirports, computeAirports } from "./batch.ts";
import { Disturbance } from "./disturbance.ts";
import { Feeder } from "./feeder.ts";
import type { Fleet } from "./fleet.ts";
import type { Flight } from "./flights.ts";
import { lookAtAll } from "./looking.ts";
import { addRecovery, type NodeStats, noRecovery, type RecoveryStats } from "./node-stats.ts";
import type { Report, Restart } from "./report.ts";

export interface RunParts {
  readonly fleet: Fleet;
  readonly flights: readonly Flight[];
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly progress: (done: number, total: number) => void;
}

export async function run(parts: RunParts): Promise<Report> {
  const { fleet, flights, say, signal } = parts;
  signal.throwIfAborted();
  const expected = computeAirports(flights);
  await Promise.all(fleet.names.map((name) => fleet.start(name)));
  const counts = `${flights.length} flights to ${expected.size} airports`;
  say(`nodes up: ${fleet.names.length} (${fleet.mode}); feeding ${counts}`);
  const fed = await feed(parts);
  const airports = await lookAtAll(fleet.client, expected.keys());
  const nodes = await statsOf(fleet);
  const written = await fleet.written();

  const bySnapshot = await restartAndLook(parts, expected, { snapshots: true });
  const byReplay = await restartAndLook(parts, expected, { snapshots: false });
  const differences = [compareAirports(expected, airports), bySnapshot.differences, byReplay.differences].flat();
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
    nodes: fleet.names.length,
    perNode: nodes.map(({ name, stats }) => ({ name, actors: stats.actors, memoryBytes: stats.memoryBytes })),
    restart: { bySnapshot: bySnapshot.restart, byReplay: byReplay.restart },
    differences: differences.slice(0, 10),
  };
}

type Fed = Pick<Report, "retried" | "failoverMs" | "failoverAirports" | "commandsPerSecond" | "killed">;

/** Feeds all flights through the kill and the restart. */
async function feed({ fleet, flights, seed, say, signal, progress }: RunParts): Promise<Fed> {
  const disturbance = new Disturbance(fleet, seed, say);
  const feeder = new Feeder(fleet.client, flights, {
    acknowledged(airport, fed) {
      progress(fed.done, fed.total);
      disturbance.acknowledged(airport, fed);
    },
  });
  const began = performance.now();
  let seconds = 0;
  const fed = feeder.run(signal).then(() => (seconds = (performance.now() - began) / 1_000));
  try {
    const [, watch] = await Promise.all([fed, disturbance.over]);
    return {
      retried: fleet.client.use(cluster).resent,
      failoverMs: watch.longestMs,
      failoverAirports: watch.airports,
      commandsPerSecond: Math.round(feeder.total / seconds),
      killed: 1,
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
  await Promise.all(fleet.names.map((name) => fleet.start(name, options)));
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

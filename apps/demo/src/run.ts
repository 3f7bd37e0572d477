// The whole run: feed, kill, compare; then restart everything twice, with and without snapshots, and compare again.
import { cluster } from "@aether/cluster";
import { Airport, type AirportState } from "./airport.ts";
import { compareAirports, computeAirports } from "./batch.ts";
import { Disturbance } from "./disturbance.ts";
import { Feeder } from "./feeder.ts";
import type { Fleet } from "./fleet.ts";
import type { Flight } from "./flights.ts";
import { addRecovery, type NodeStats, noRecovery, type RecoveryStats } from "./node-stats.ts";
import type { Report } from "./report.ts";

export interface RunParts {
  readonly fleet: Fleet;
  readonly flights: readonly Flight[];
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly progress: (done: number, total: number) => void;
}

const lookTimeoutMs = 30_000;

export async function run(parts: RunParts): Promise<Report> {
  const { fleet, flights, say, signal } = parts;
  const expected = computeAirports(flights);
  await Promise.all(fleet.names.map((name) => fleet.start(name)));
  say(`${fleet.names.length} nodes are up (${fleet.mode}); feeding ${flights.length} flights to ${expected.size} airports`);
  const fed = await feed(parts);
  const { airports, nodes } = await lookAtAll(fleet, expected.keys());
  const differences = [...compareAirports(expected, airports)];
  const written = await fleet.written();
  signal.throwIfAborted();

  const bySnapshot = await restartAndLook(parts, expected, { snapshots: true });
  const byReplay = await restartAndLook(parts, expected, { snapshots: false });
  differences.push(...bySnapshot.differences, ...byReplay.differences);
  const recovery = addRecovery(recoveryOf(nodes), bySnapshot.recovery);
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
    killed: 1,
    perNode: nodes.map(({ name, stats }) => ({ name, actors: stats.actors, memoryBytes: stats.memoryBytes })),
    restart: { bySnapshot: bySnapshot.recovery, byReplay: byReplay.recovery },
    differences: differences.slice(0, 10),
  };
}

/** Feeds all flights through the kill and the restart. */
async function feed(parts: RunParts): Promise<Pick<Report, "retried" | "failoverMs" | "failoverAirports" | "commandsPerSecond">> {
  const { fleet, flights, seed, say, signal, progress } = parts;
  const disturbance = new Disturbance(fleet, seed, say);
  const feeder = new Feeder(fleet.client, flights, {
    acknowledged(airport, done, total) {
      disturbance.acknowledged(airport, done / total, feeder.outstanding);
      progress(done, total);
    },
  });
  const began = performance.now();
  try {
    await feeder.run(signal);
    const seconds = (performance.now() - began) / 1_000;
    await disturbance.over();
    return {
      retried: fleet.client.use(cluster).resent,
      failoverMs: disturbance.watch?.longestMs ?? 0,
      failoverAirports: disturbance.watch?.airports ?? 0,
      commandsPerSecond: Math.round(feeder.total / seconds),
    };
  } finally {
    disturbance.cancel();
  }
}

interface Look {
  readonly airports: Map<string, AirportState>;
  readonly nodes: readonly { readonly name: string; readonly stats: NodeStats }[];
}

/** Asks every airport for its state, then every node for its figures. */
async function lookAtAll(fleet: Fleet, codes: Iterable<string>): Promise<Look> {
  const states = [...codes].map(async (code) => {
    const airport = fleet.client.ref(Airport, code).with({ timeoutMs: lookTimeoutMs });
    return [code, await airport.ask.look()] as const;
  });
  const airports = new Map(await Promise.all(states));
  const nodes = await Promise.all(fleet.names.map(async (name) => ({ name, stats: await fleet.stats(name) })));
  return { airports, nodes };
}

async function restartAndLook(
  { fleet, say, signal }: RunParts,
  expected: ReadonlyMap<string, AirportState>,
  options: { readonly snapshots: boolean },
): Promise<{ recovery: RecoveryStats; differences: readonly string[] }> {
  await Promise.all(fleet.names.map((name) => fleet.stop(name)));
  signal.throwIfAborted();
  await Promise.all(fleet.names.map((name) => fleet.start(name, options)));
  const { airports, nodes } = await lookAtAll(fleet, expected.keys());
  say(`all nodes restarted; recovered by ${options.snapshots ? "snapshot + tail" : "full replay"}`);
  signal.throwIfAborted();
  return { recovery: recoveryOf(nodes), differences: compareAirports(expected, airports) };
}

function recoveryOf(nodes: Look["nodes"]): RecoveryStats {
  return nodes.reduce((sum, { stats }) => addRecovery(sum, stats.recovery), noRecovery);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : Number((part / whole).toFixed(4));
}


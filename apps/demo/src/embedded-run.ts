// A run on a directory: show what is stored and hold it against the batch computation, feed what is missing, compare; then
// restart twice, with and without snapshots, and compare again.
import type { AirportState } from "./airport.ts";
import { compareAirports, computeAirports } from "./batch.ts";
import type { EmbeddedAirports } from "./embedded-airports.ts";
import type { EmbeddedReport, Found } from "./embedded-report.ts";
import { Feeder } from "./feeder.ts";
import type { Flight } from "./flights.ts";
import { lookAtAll } from "./looking.ts";
import type { Restart } from "./report.ts";
import { readStored, type StoredMovements } from "./stored-movements.ts";

export interface EmbeddedRunParts {
  readonly airports: EmbeddedAirports;
  readonly flights: readonly Flight[];
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly progress: (done: number, total: number) => void;
}

/** @throws UsageError when the directory holds other flights; nothing is fed then */
export async function runEmbedded(parts: EmbeddedRunParts): Promise<EmbeddedReport> {
  const { airports, flights, say, signal } = parts;
  signal.throwIfAborted();
  const stored = await readStored(airports, flights);
  const expected = computeAirports(flights);
  const found = await findStored(parts, stored);
  const fed = await feed(parts, stored);
  const states = await lookAtAll(airports.system, expected.keys());
  const { memoryBytes, persistence } = airports.stats();
  const bySnapshot = await restartAndLook(parts, expected, { snapshots: true });
  say("restarted; airports recovered by snapshot + tail");
  const byReplay = await restartAndLook(parts, expected, { snapshots: false });
  say("restarted; airports recovered by full replay");
  const compared = [found.differences, compareAirports(expected, states), bySnapshot.differences, byReplay.differences];
  const differences = compared.flat();
  return {
    mode: "embedded",
    flights: flights.length,
    airports: expected.size,
    mismatches: differences.length,
    events: [...states.values()].reduce((sum, { departures, arrivals }) => sum + departures + arrivals, 0),
    found: found.found,
    ...fed,
    commits: persistence.commits,
    snapshots: persistence.snapshots.saved,
    memoryBytes,
    restart: { bySnapshot: bySnapshot.restart, byReplay: byReplay.restart },
    differences: differences.slice(0, 10),
  };
}

/** Whatever moment the last run ended at: the states are those of the movements in the histories, no more and no less. */
async function findStored(
  { airports, flights, say }: EmbeddedRunParts,
  stored: StoredMovements,
): Promise<{ readonly found: Found; readonly differences: readonly string[] }> {
  const expected = computeAirports(flights, (row, leg) => stored.has(row, leg));
  const { restart, differences } = await look(airports, expected);
  const bySnapshot = airports.stats().persistence.snapshots.withSnapshot;
  if (stored.events === 0) say("nothing is stored here yet");
  else {
    const verdict = differences.length === 0 ? "match" : "DO NOT match";
    say(`found ${stored.events} events of ${stored.airports.length} airports, ${bySnapshot} of them with a snapshot`);
    say(`their states ${verdict} the batch computation over what is stored`);
  }
  return { found: { ...restart, bySnapshot }, differences };
}

/** Feeds what is not stored. */
async function feed(
  { airports, flights, say, signal, progress }: EmbeddedRunParts,
  stored: StoredMovements,
): Promise<Pick<EmbeddedReport, "fed" | "commandsPerSecond">> {
  const feeder = new Feeder(airports.system, flights, {
    acknowledged: (_, { done, total }) => progress(done, total),
    isDone: (row, leg) => stored.has(row, leg),
  });
  if (feeder.total === 0) {
    say("nothing is missing: nothing is fed");
    return { fed: 0, commandsPerSecond: 0 };
  }
  say(`feeding ${feeder.total} of ${flights.length * 2} commands`);
  const began = performance.now();
  await feeder.run(signal);
  const seconds = (performance.now() - began) / 1_000;
  return { fed: feeder.total, commandsPerSecond: Math.round(feeder.total / seconds) };
}

async function restartAndLook(
  { airports, signal }: EmbeddedRunParts,
  expected: ReadonlyMap<string, AirportState>,
  options: { readonly snapshots: boolean },
): Promise<{ readonly restart: Restart; readonly differences: readonly string[] }> {
  signal.throwIfAborted();
  await airports.restart(options);
  return look(airports, expected);
}

/** The first look since the system started: every airport is recovered. */
async function look(
  airports: EmbeddedAirports,
  expected: ReadonlyMap<string, AirportState>,
): Promise<{ readonly restart: Restart; readonly differences: readonly string[] }> {
  const began = performance.now();
  const states = await lookAtAll(airports.system, expected.keys());
  const tookMs = Math.ceil(performance.now() - began);
  return { restart: { ...airports.stats().recovery, tookMs }, differences: compareAirports(expected, states) };
}

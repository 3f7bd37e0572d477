// The demo: airports as long-lived actors on three nodes, fed with real flights, one node killed in the middle; or all of
// them in one process on a directory. Invariant: whatever ends it, what it started has ended before it answers.
import { setTimeout as delay } from "node:timers/promises";
import { exitCodes } from "./exit.ts";
import { EmbeddedAirports } from "./embedded-airports.ts";
import type { EmbeddedReport } from "./embedded-report.ts";
import { runEmbedded } from "./embedded-run.ts";
import { planFaults } from "./fault-plan.ts";
import { type Flight, readFlights } from "./flights.ts";
import { type DemoOptions, readOptions, usage } from "./options.ts";
import { createProgress, type Progress } from "./progress.ts";
import { formatReport, isMatch, type Report } from "./report.ts";
import { run } from "./run.ts";
import { startFleet } from "./start-fleet.ts";
import { aborted, type Stop } from "./stop.ts";

/** Whoever pressed Ctrl-C waits no longer than this for an orderly end; what is left then is killed at exit. */
const closeWithinMs = 3_000;

/**
 * @returns the exit code of a run that came to its end
 * @throws UsageError before anything is started; the reason of the stop; what failed
 */
export async function demo(args: readonly string[], stop: Stop): Promise<number> {
  const options = readOptions(args);
  if (!options.help) return fly(options, stop);
  process.stdout.write(`${usage}\n`);
  return exitCodes.match;
}

async function fly(options: DemoOptions, stop: Stop): Promise<number> {
  const { signal } = stop;
  const flights = await readFlights(options.flights);
  signal.throwIfAborted();
  const out = options.json ? process.stderr : process.stdout;
  const { say, progress, end } = createProgress(out);
  const { starting, running } = begin(options, { flights, stop, say, progress });
  let report: Report | EmbeddedReport;
  try {
    report = await Promise.race([running, aborted(signal)]);
  } finally {
    end();
    await close(starting, signal);
  }
  signal.throwIfAborted();
  out.write(`${formatReport(report)}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return isMatch(report) ? exitCodes.match : exitCodes.mismatch;
}

interface Closable {
  close(): Promise<void>;
}

interface Begun {
  /** What the run runs on. */
  readonly starting: Promise<Closable>;
  readonly running: Promise<Report | EmbeddedReport>;
}

interface Parts extends Pick<Progress, "say" | "progress"> {
  readonly flights: readonly Flight[];
  readonly stop: Stop;
}

function begin(options: DemoOptions, { stop, ...parts }: Parts): Begun {
  const { signal } = stop;
  if (options.data !== undefined) {
    const starting = EmbeddedAirports.open(options.data);
    return { starting, running: starting.then((airports) => runEmbedded({ ...parts, airports, signal })) };
  }
  const plan = planFaults(options.faults, options.nodes, options.seed);
  const starting = startFleet(options, { ...stop, say: parts.say });
  return {
    starting,
    running: starting.then((fleet) => run({ ...parts, fleet, plan, watch: options.watch, signal })),
  };
}

/** What is still being started is closed as soon as it is there. */
async function close(starting: Promise<Closable>, signal: AbortSignal): Promise<void> {
  const closed = starting.then(
    (started) => started.close(),
    () => undefined, // there is nothing to close, and the run has said why
  );
  const late = aborted(signal).catch(() => delay(closeWithinMs));
  await Promise.race([closed, late]);
}

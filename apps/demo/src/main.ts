// The demo: airports as long-lived actors on three nodes, fed with real flights, one node killed in the middle.
import { setMaxListeners } from "node:events";
import { type DemoOptions, readOptions } from "./options.ts";
import type { Fleet } from "./fleet.ts";
import { readFlights } from "./flights.ts";
import { startInProcessFleet } from "./in-process-fleet.ts";
import { startNatsFleet } from "./nats-fleet.ts";
import { createProgress } from "./progress.ts";
import { formatReport } from "./report.ts";
import { run } from "./run.ts";
import { UsageError } from "./usage-error.ts";

const exitCodes = { match: 0, mismatch: 1, usage: 2, interrupted: 130 };

const interruption = new AbortController();
setMaxListeners(0, interruption.signal); // one for each command in flight
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => interruption.abort(new Error(`stopped by ${signal}`)));
}

async function startFleet({ inProcess, nodes }: DemoOptions, say: (line: string) => void): Promise<Fleet> {
  if (inProcess) return startInProcessFleet(nodes);
  try {
    return await startNatsFleet(nodes, say);
  } catch (error) {
    if ((error as { code?: string }).code !== "NATS_SERVER_NOT_FOUND") throw error;
    say(`${(error as Error).message}\nGoing on without NATS: in one process, on the memory store.`);
    return startInProcessFleet(nodes);
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const flights = await readFlights(options.flights);
  const { say, progress, end } = createProgress(options.json ? process.stderr : process.stdout);
  const { signal } = interruption;
  const fleet = await startFleet(options, say);
  const stopped = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  try {
    signal.throwIfAborted();
    const report = await Promise.race([run({ fleet, flights, seed: options.seed, signal, say, progress }), stopped]);
    end();
    (options.json ? process.stderr : process.stdout).write(`${formatReport(report)}\n`);
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    return report.mismatches === 0 ? exitCodes.match : exitCodes.mismatch;
  } finally {
    end();
    await fleet.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(isUsage ? `${error.message}\n` : `${interruption.signal.aborted ? "" : "failed: "}${(error as Error).message}\n`);
  process.exitCode = isUsage ? exitCodes.usage : interruption.signal.aborted ? exitCodes.interrupted : exitCodes.mismatch;
}
process.exit();

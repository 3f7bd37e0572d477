// Several processes that share the seeds of a call, so that every core has one.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { SimulationReport } from "../run/simulate.ts";

export interface FleetOptions {
  readonly from: number;
  readonly seeds: number;
  readonly workers: number;
  readonly trace: boolean;
  /** A bug of the museum, built into the code that runs. */
  readonly bug?: string | undefined;
  /** Hears of each run as it ends; `false` ends them all. */
  readonly onReport: (report: SimulationReport) => boolean;
}

/** As this file itself: what was built, or the source. */
const kind = import.meta.url.endsWith(".ts") ? "ts" : "js";
const worker = fileURLToPath(new URL(`worker.${kind}`, import.meta.url));
const breaker = new URL(`../museum/install.${kind}`, import.meta.url).href;
/** Most of what a run makes is gone with it: a large nursery spares the collector half of its work. And all of it
 * runs a thousand times: the compiler may learn of it from the first time on. */
const memory = ["--max-semi-space-size=64", "--no-lazy-feedback-allocation"];

/** Settles when all seeds have run. @throws Error when a process ends by itself */
export async function runFleet(options: FleetOptions): Promise<void> {
  const { from, seeds, workers } = options;
  const lanes = Array.from({ length: Math.min(workers, seeds) }, (_, lane) => lane);
  await Promise.all(
    lanes.map((lane) => {
      const count = Math.ceil((seeds - lane) / lanes.length);
      return runWorker(options, [from + lane, count, lanes.length, options.trace ? 1 : 0]);
    }),
  );
}

function runWorker({ bug, onReport }: FleetOptions, args: readonly number[]): Promise<void> {
  const loading = bug === undefined ? [] : ["--import", breaker];
  const last = bug === undefined ? [] : [bug];
  const child = spawn(
    process.execPath,
    [...memory, ...process.execArgv, ...loading, worker, ...args.map(String), ...last],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const lines = createInterface({ input: child.stdout });
  let isEnough = false;
  lines.on("line", (line) => {
    if (isEnough || onReport(JSON.parse(line) as SimulationReport)) return;
    isEnough = true;
    child.kill();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 || isEnough) resolve();
      else reject(new Error(`sim: a process ended with ${code}; its seeds were ${args.join(", ")}`));
    });
  });
}

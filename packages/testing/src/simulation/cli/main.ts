// `npm run sim`: many seeds, one seed as a story, or the museum of bugs.
import { runMuseum } from "../museum/museum.ts";
import type { SimulationReport } from "../run/simulate.ts";
import { runFleet } from "./fleet.ts";
import { readOptions, type SimOptions, usage } from "./options.ts";
import { summarize } from "./summary.ts";

// Whoever reads has had enough, as `| head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  let options: SimOptions;
  try {
    if (args.includes("--help")) return (say(usage), 0);
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
  return (options.museum ? await runMuseum(options, say) : await runSeeds(options)) ? 0 : 1;
}

async function runSeeds({ from, seeds, workers, trace, json, isReplay, bug }: SimOptions): Promise<boolean> {
  const reports: SimulationReport[] = [];
  const onReport = (report: SimulationReport): boolean => {
    reports.push({ ...report, story: [] });
    if (trace) for (const line of report.story) say(line);
    if (!json) for (const line of findings(report, isReplay)) say(line);
    return true;
  };
  await runFleet({ from, seeds, workers, trace, bug, onReport });
  const summary = summarize(reports);
  say(JSON.stringify(summary));
  return summary.violations === 0;
}

function findings({ seed, servers, violations, figures }: SimulationReport, isReplay: boolean): string[] {
  const place = servers === 1 ? "one server" : "three servers";
  const head = `seed ${seed}, ${place}: ${figures.commands} commands, ${figures.faults} faults, ${violations.length} violations`;
  if (violations.length === 0) return isReplay ? [head] : [];
  const all = violations
    .slice(0, isReplay ? violations.length : 3)
    .map(({ invariant, what }) => `  ${invariant}: ${what}`);
  return [head, ...all, `  replay: npm run sim -- --seed ${seed} --trace`];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

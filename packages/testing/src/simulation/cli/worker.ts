// One process of the simulation: runs the seeds that it is told and writes a line of JSON for each.
import { simulate, type SimulationReport } from "../run/simulate.ts";

const [from, count, step, trace] = process.argv.slice(2).map(Number) as [number, number, number, number];

// Whoever started it is gone.
process.stdout.on("error", () => process.exit(0));
process.on("unhandledRejection", (error) => unhandled.push(String(error)));
const unhandled: string[] = [];

// What a process makes at first use, such as the stems of the client's names, must not make its first run another one.
await simulate({ seed: 0 });
unhandled.length = 0;
for (let i = 0; i < count; i++) {
  const report = await simulate({ seed: from + i * step, keepsStory: trace === 1 });
  process.stdout.write(`${JSON.stringify(withUnhandled(report))}\n`);
}

function withUnhandled(report: SimulationReport): SimulationReport {
  const more = unhandled.splice(0).map((what) => ({ invariant: "I14 no error that nobody expects", what }) as const);
  return { ...report, violations: [...report.violations, ...more] };
}

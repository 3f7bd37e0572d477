// `npm run soak`: reads the options, runs, reports. The exit code is 0 only if nothing was found.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { help, readOptions, UsageError } from "./options.ts";
import { printReport } from "./report.ts";
import { soak } from "./run.ts";

const began = performance.now();
const say = (line: string): void => {
  process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);
};

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const dir = await mkdtemp(join(tmpdir(), "aether-soak-"));
  const report = await soak({ options, dir, signal: stop.signal, say });
  printReport(report, say);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  if (report.violations === 0) await rm(dir, { recursive: true });
  else say(`what clients saw is kept in ${dir}`);
  return report.violations === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof UsageError ? error.message : `failed: ${(error as Error).stack}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

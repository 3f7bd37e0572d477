// `npm run soak`: reads the options, runs, reports. The exit code is 0 if nothing was found, 1 if something was, 2 for wrong
// options, 3 if it ended early and nothing was found.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { soakEmbedded } from "./embedded/run.ts";
import { isolate } from "./isolating.ts";
import { Machine } from "./machine.ts";
import { help, readOptions, type SoakOptions, UsageError } from "./options.ts";
import { printReport } from "./printing.ts";
import { soak } from "./run.ts";

const began = performance.now();
const say = (line: string): void => {
  process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);
};

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === "help") {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  if (options.inside !== undefined) return run(options, { binary: options.inside });
  if (options.isPlain) return run(options, { why: "--plain" });
  const isolated = await isolate([...args, "--seed", String(options.seed)], say);
  return typeof isolated === "number" ? isolated : run(options, { why: isolated });
}

async function run(
  options: SoakOptions,
  inside: { readonly binary: string } | { readonly why: string },
): Promise<number> {
  const stop = new AbortController();
  // Once: what is there is checked. Twice: the end. Listening on, or whoever guards the servers would take it for the end.
  const halt = (): void => (stop.signal.aborted ? process.exit(130) : stop.abort());
  process.on("SIGINT", halt);
  process.on("SIGTERM", halt);
  process.on("message", halt);
  const abandon = (): void => process.exit(1);
  process.once("disconnect", abandon);
  const dir = await mkdtemp(join(tmpdir(), "aether-soak-"));
  const { violations, endedEarly } = await runIn(dir);
  process.off("disconnect", abandon);
  if (process.connected) process.disconnect();
  if (violations === 0) await rm(dir, { recursive: true });
  else say(`what clients saw is kept in ${dir}`);
  return violations > 0 ? 1 : endedEarly === undefined ? 0 : 3;

  async function runIn(place: string): ReturnType<typeof soak> {
    await using machine = await Machine.open(place, inside);
    const parts = { options, machine, signal: stop.signal, say };
    const report = await (options.isEmbedded ? soakEmbedded(parts) : soak(parts));
    printReport(report, say);
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    return report;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof UsageError ? error.message : `failed: ${(error as Error).stack}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

// Whole runs, in processes of their own: they take over the clocks and sockets of theirs.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { readOptions } from "../src/simulation/cli/options.ts";

const run = promisify(execFile);
const main = fileURLToPath(new URL("../src/simulation/cli/main.ts", import.meta.url));

interface Summary {
  readonly seeds: number;
  readonly violations: number;
  readonly traceHash: string;
  readonly failing: readonly number[];
  readonly fewestCommands: number;
  readonly fewestFaults: number;
}

/** From source, as `npm run sim` does from what was built. */
async function sim(...args: string[]): Promise<{ readonly lines: readonly string[]; readonly summary: Summary }> {
  const node = ["--conditions=@aether/source", "--import", "tsx", main, ...args];
  const outcome = await run(process.execPath, node, { maxBuffer: 64 * 1024 * 1024 }).catch((error: unknown) => {
    const { stdout = "", stderr = "", code } = error as { stdout?: string; stderr?: string; code?: unknown };
    if (code !== 1 || stdout === "") throw new Error(`sim ended with ${String(code)}: ${stderr}`, { cause: error });
    return { stdout };
  });
  const lines = outcome.stdout.trimEnd().split("\n");
  return { lines, summary: JSON.parse(lines.at(-1) ?? "") as Summary };
}

it("finds nothing wrong in 12 seeds, each with 500 commands and 5 faults at least", { timeout: 600_000 }, async () => {
  const { lines, summary } = await sim("--seeds", "12");
  expect(lines.slice(0, -1)).toEqual([]);
  expect(summary).toMatchObject({ seeds: 12, violations: 0, failing: [] });
  expect(summary.fewestCommands).toBeGreaterThanOrEqual(500);
  expect(summary.fewestFaults).toBeGreaterThanOrEqual(5);
});

it(
  "runs a seed alike in every process, alone or behind others, and tells it as a story",
  { timeout: 600_000 },
  async () => {
    const [alone, told] = await Promise.all([sim("--seed", "3", "--json"), sim("--seed", "3", "--trace")]);
    expect(told.summary.traceHash).toBe(alone.summary.traceHash);
    expect(told.lines.join("\n")).toMatch(/n1 {5}is up[^]*fault {2}[^]*-> ok, balance \d+ at version \d+/);
    const behind = await sim("--from", "2", "--seeds", "2", "--workers", "1");
    const [two, both] = [await sim("--seed", "2", "--json"), behind];
    const { hashOf } = await import("../src/simulation/cli/summary.ts");
    expect(both.summary.traceHash).toBe(hashOf(two.summary.traceHash + alone.summary.traceHash));
  },
);

it("refuses options that it does not know", () => {
  expect(() => readOptions(["--sed", "3"])).toThrow("no option --sed");
  expect(() => readOptions(["--seed", "x"])).toThrow("--seed is x");
  expect(readOptions(["--seed", "17"])).toMatchObject({ seeds: 1, from: 17, isReplay: true });
});

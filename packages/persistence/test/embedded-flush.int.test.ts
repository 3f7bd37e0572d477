// The disk has it before anybody hears of it: the store's system calls, seen from outside.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { childCommand, emptyPlace } from "./embedded-places.ts";

const calls = "trace=write,pwrite64,fsync,fdatasync";

function strace(output: string, command: readonly string[]) {
  const env = { ...process.env, NODE_NO_WARNINGS: "1" }; // Node 26 warns of how tsx loads
  return spawnSync("strace", ["-f", "-qq", "-y", "-e", calls, "-o", output, ...command], { encoding: "utf8", env });
}

/** What the process did to the log of the data file, and what it printed, each when it was done: `write`, `sync`, `told`. */
function stepsOf(trace: string): string[] {
  const begun = new Map<string, string>();
  return trace.split("\n").flatMap((line) => {
    const [pid = ""] = line.split(" ", 1);
    if (line.endsWith("<unfinished ...>")) begun.set(pid, line);
    const call = line.includes(" resumed>") ? `${begun.get(pid)} ${line}` : line;
    if (!/ = \d+$/.test(call)) return [];
    if (/ pwrite64\(\d+<[^>]*\.sqlite-wal>/.test(call)) return ["write"];
    if (/ f(data)?sync\(\d+<[^>]*\.sqlite-wal>/.test(call)) return ["sync"];
    return / write\(1<[^>]*>, "acknowledged /.test(call) ? ["told"] : [];
  });
}

it("flushes every commit to the disk before it acknowledges it", { timeout: 60_000 }, async ({ skip }) => {
  if (strace("/dev/null", ["true"]).status !== 0) skip("strace is not there, or may not trace");
  const place = await emptyPlace();
  onTestFinished(place.dispose);
  const output = join(place.directory, "trace");
  expect(strace(output, childCommand("rounds", place.directory))).toMatchObject({ status: 0, stderr: "" });
  const rounds = stepsOf(readFileSync(output, "utf8")).join(" ").split(" told");
  expect(rounds).toHaveLength(41);
  for (const steps of rounds.slice(0, -1)) expect(steps).toMatch(/write sync$/);
});

// A short soak: faults hit writes that are under way, and no promise is broken.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import type { Report } from "../src/report.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const node = ["--conditions=@aether/source", "--import", "tsx", main];

it("keeps all promises under faults", { timeout: 180_000 }, async () => {
  const args = [...node, "--minutes", "0.2", "--seed", "11", "--nodes", "3", "--clients", "1", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const report = JSON.parse(stdout) as Report;
  expect(report.found).toEqual([]);
  expect(report.violations).toBe(0);
  expect(report.overlapping).toBeGreaterThan(0);
  expect(report.acknowledged).toBeGreaterThan(100);
  expect(report.unknown.open).toBe(0);
});

it("names a wrong option", async () => {
  const failed = promisify(execFile)(process.execPath, [...node, "--servers", "2"]);
  await expect(failed).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--servers is 2; use 1 or 3."),
  });
});

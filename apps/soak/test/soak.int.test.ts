// A short soak: faults hit writes that are under way, and no promise is broken.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import type { Report } from "../src/report.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const node = ["--conditions=@aether/source", "--import", "tsx", main];

it("keeps all promises under faults", { timeout: 300_000 }, async () => {
  const args = [...node, "--minutes", "0.2", "--seed", "11", "--nodes", "3", "--clients", "1", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const report = JSON.parse(stdout) as Report;
  expect(report.found).toEqual([]);
  expect(report.violations).toBe(0);
  expect(report.overlapping).toBeGreaterThan(0);
  expect(report.acknowledged).toBeGreaterThan(100);
  expect(report.unknown.open).toBe(0);
  expect(report.told).toBeGreaterThanOrEqual(report.events);
  expect(report.endedEarly).toBeUndefined();
});

it("keeps all promises of an embedded store, and names damage", { timeout: 300_000 }, async () => {
  const args = [...node, "--embedded", "--minutes", "0.1", "--seed", "13", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const report = JSON.parse(stdout) as Report;
  expect(report.found).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(0);
  expect(report.faults).toBeGreaterThan(0);
  expect(Object.keys(report.damaged)).not.toEqual([]);
});

it("is checked and reported also when it is told to stop", { timeout: 300_000 }, async () => {
  const args = [...node, "--minutes", "60", "--seed", "12", "--nodes", "2", "--clients", "1", "--plain", "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const [said, closed] = [text(child.stdout), once(child, "close")];
  for await (const line of createInterface(child.stderr)) {
    if (line.includes("clients, seed 12")) child.kill("SIGINT"); // it has started
  }
  const report = JSON.parse(await said) as Report;
  expect(report.endedEarly).toBe("it was told to stop");
  expect(report.acknowledged).toBeGreaterThan(0);
  expect(report.violations).toBe(0);
  expect(await closed).toEqual([3, null]);
});

it("names a wrong option", async () => {
  const failed = promisify(execFile)(process.execPath, [...node, "--servers", "2"]);
  await expect(failed).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--servers is 2; use 1 or 3."),
  });
});

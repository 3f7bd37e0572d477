import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embedded } from "@aether/persistence/embedded";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EmbeddedReport } from "../src/embedded-report.ts";
import { DemoProcess, flights2k } from "./demo-process.ts";

const isLinux = process.platform === "linux"; // what a run started is found through /proc
const nothing = { actors: 0, events: 0, replayed: 0, bySnapshot: 0 };

let place = "";
const started: DemoProcess[] = [];
beforeEach(async () => void (place = await mkdtemp(join(tmpdir(), "aether-demo-data-"))));
afterEach(async () => {
  for (const demo of started.splice(0)) await demo.cleanUp();
  await rm(place, { recursive: true });
});

/** Flights of the real file, in a file of their own. */
async function flights(count: number, from = 0): Promise<string> {
  const rows = JSON.parse(await readFile(flights2k, "utf8")) as unknown[];
  const file = join(place, `${from}-${count}.json`);
  await writeFile(file, JSON.stringify(rows.slice(from, from + count)));
  return file;
}

/** No nats-server can be found: none is needed. */
async function start(file: string, directory = "data"): Promise<DemoProcess> {
  const args = ["--embedded", "--data", join(place, directory), "--json", "--flights", file];
  const demo = await DemoProcess.start(args, { PATH: "/nowhere", NATS_SERVER: "/no/such/server" });
  started.push(demo);
  return demo;
}

async function reportOf(demo: DemoProcess): Promise<EmbeddedReport> {
  const { code, stdout, stderr } = await demo.ended;
  expect({ code, lines: stdout.trim().split("\n").length }, stderr).toEqual({ code: 0, lines: 1 });
  return JSON.parse(stdout) as EmbeddedReport;
}

describe("the demo on a directory", () => {
  it("finds in its second run what the first one stored, and counts nothing twice", async () => {
    const file = await flights(300);
    const first = await reportOf(await start(file));
    expect(first).toMatchObject({ mode: "embedded", mismatches: 0, events: 600, fed: 600, found: nothing });
    expect(first.commits).toBeGreaterThan(0);
    expect(first.snapshots).toBeGreaterThan(0);
    const demo = await start(file);
    const second = await reportOf(demo);
    const { airports } = first;
    expect(second).toMatchObject({ airports, mismatches: 0, events: 600, fed: 0, commits: 0 });
    expect(second.found).toMatchObject({ actors: airports, events: 600 });
    expect(second.found.bySnapshot).toBeGreaterThan(0);
    expect(second.found.replayed).toBeLessThan(600);
    expect(second.restart.byReplay).toMatchObject({ actors: airports, events: 600, replayed: 600 });
    if (isLinux) expect(await demo.remaining()).toEqual([]);
  }, 60_000);

  it("goes on where kill -9 has ended it", async () => {
    const killed = await start(flights2k);
    await killed.said("30 %");
    killed.send("SIGKILL");
    await killed.ended;
    await expectToGoOn();
  }, 60_000);

  it("goes on where Ctrl-C has ended it", async () => {
    const stopped = await start(flights2k);
    await stopped.said("30 %");
    stopped.send("SIGINT", "group");
    const { code, stderr } = await stopped.ended;
    expect(code, stderr).toBe(130);
    expect(stderr.trim().split("\n").at(-1)).toBe("stopped by SIGINT");
    await expectToGoOn();
  }, 60_000);

  it("adds the flights that a longer file has more", async () => {
    await reportOf(await start(await flights(100)));
    const report = await reportOf(await start(await flights(150)));
    expect(report).toMatchObject({ flights: 150, mismatches: 0, events: 300, fed: 100, found: { events: 200 } });
  }, 60_000);
});

describe("a directory that cannot be used gets one line and exit code 2:", () => {
  it("one that holds other flights", async () => {
    const fed = await flights(100);
    await reportOf(await start(fed));
    const says = /^--data holds other flights: .* row \d+ .* Fly the same file, or .*\.\n$/;
    await expectRefusal(await start(await flights(99)), says);
    await expectRefusal(await start(await flights(100, 1)), says);
    await expect(reportOf(await start(fed))).resolves.toMatchObject({ mismatches: 0, events: 200, fed: 0 });
  }, 60_000);

  it("one that another process has open", async () => {
    const file = await flights(100);
    const backend = embedded({ directory: join(place, "data") });
    const stores = await backend.open({ systemName: "airports", warn: () => undefined });
    try {
      await expectRefusal(await start(file), /airports\.sqlite is open in another process\. .*\n$/);
    } finally {
      await stores.close?.();
    }
    await expect(reportOf(await start(file))).resolves.toMatchObject({ mismatches: 0, events: 200, fed: 200 });
  }, 60_000);

  it("one that is a file", async () => {
    const file = await flights(100);
    await expectRefusal(await start(file, "0-100.json"), /^--data ".*0-100\.json" cannot be used: .*\n$/);
  });
});

/** What was acknowledged is there, and the rest is fed. */
async function expectToGoOn(): Promise<void> {
  const report = await reportOf(await start(flights2k));
  expect(report).toMatchObject({ airports: 186, mismatches: 0, events: 4_000 });
  expect(report.found.events).toBeGreaterThanOrEqual(1_200);
  expect(report.found.events + report.fed).toBe(4_000);
  expect(report.fed).toBeGreaterThan(0);
}

async function expectRefusal(demo: DemoProcess, says: RegExp): Promise<void> {
  const { code, stdout, stderr } = await demo.ended;
  expect({ code, stdout, lines: stderr.trim().split("\n").length }).toEqual({ code: 2, stdout: "", lines: 1 });
  expect(stderr).toMatch(says);
}

import { afterEach, describe, expect, it } from "vitest";
import type { Report } from "../src/report.ts";
import { DemoProcess, flights2k } from "./demo-process.ts";

const started: DemoProcess[] = [];
afterEach(async () => {
  for (const demo of started.splice(0)) await demo.cleanUp();
});

async function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<DemoProcess> {
  const demo = await DemoProcess.start(args, env);
  started.push(demo);
  return demo;
}

describe("the demo in one process", () => {
  it("loses nothing when a node is cut off, and tells it as one line of JSON", async () => {
    const demo = await start(["--in-process", "--json", "--flights", flights2k]);
    const { code, stdout, stderr } = await demo.ended;
    expect({ code, lines: stdout.trim().split("\n").length }, stderr).toEqual({ code: 0, lines: 1 });
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({
      mode: "in-process",
      flights: 2_000,
      airports: 186,
      mismatches: 0,
      events: 4_000,
      nodes: 3,
      killed: 1,
      differences: [],
    });
    const figures = ["commits", "snapshots", "averageReplay", "replayedShare", "retried", "failoverMs"] as const;
    for (const figure of [...figures, "failoverAirports", "commandsPerSecond"] as const) {
      expect(report[figure], figure).toBeGreaterThan(0);
    }
    expect(report.restart.byReplay.replayed).toBe(4_000);
    expect(report.restart.bySnapshot.replayed).toBeLessThan(2_000);
  }, 60_000);

  it("tells the faults by kind, each of them survived", async () => {
    const demo = await start(["--in-process", "--json", "--kills", "2", "--rolling", "--flights", flights2k]);
    const { code, stdout, stderr } = await demo.ended;
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ mismatches: 0, commands: 4_000, lost: 0, doubled: 0, killed: 2 });
    expect(report.faults).toMatchObject([
      { kind: "kill", count: 2, failoverMs: expect.any(Number) },
      { kind: "rolling", count: 1, failoverMs: expect.any(Number) },
    ]);
  }, 60_000);
});

describe("bad input", () => {
  it.each([
    { args: ["--nodes", "0"], says: '--nodes is "0"' },
    { args: ["--flights", "/no/such\nfile.json"], says: "cannot be read: ENOENT" },
  ])("gets one line and exit code 2, and nothing is started: $args", async ({ args, says }) => {
    const demo = await start(args);
    const { code, stdout, stderr } = await demo.ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("is also a NATS_SERVER that is none", async () => {
    const demo = await start(["--flights", flights2k], { NATS_SERVER: "/no/such/server" });
    const { code, stderr } = await demo.ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^NATS_SERVER cannot be used: .*\n$/);
  });
});

import { afterEach, describe, expect, it } from "vitest";
import type { Report } from "../src/report.ts";
import { DemoProcess, flights2k } from "./demo-process.ts";

const isLinux = process.platform === "linux"; // what a run started is found through /proc

let demo: DemoProcess | undefined;
afterEach(() => demo?.cleanUp());

describe("the demo over NATS", () => {
  it("loses nothing when a node process is killed, and leaves nothing behind", async () => {
    demo = await DemoProcess.start(["--json", "--flights", flights2k]);
    const { code, stdout, stderr } = await demo.ended;
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Report;
    expect(report).toMatchObject({
      mode: "nats",
      flights: 2_000,
      airports: 186,
      mismatches: 0,
      events: 4_000,
      nodes: 3,
      killed: 1,
    });
    expect(report.failoverMs).toBeGreaterThan(0);
    expect(report.failoverMs).toBeLessThan(1_500);
    expect(report.failoverAirports).toBeGreaterThan(0);
    expect(report.perNode.map(({ actors }) => actors).reduce((sum, actors) => sum + actors)).toBe(186);
    expect(report.restart.byReplay).toMatchObject({ actors: 186, events: 4_000, replayed: 4_000 });
    expect(report.restart.bySnapshot.replayed).toBeLessThan(report.restart.byReplay.replayed / 2);
    if (isLinux) expect(await demo.remaining()).toEqual([]);
    expect(await demo.temporaryFiles()).toEqual([]);
  }, 60_000);

  it("loses and doubles nothing through all faults, on three servers", async () => {
    const flags = ["--servers", "3", "--kills", "2", "--kill-server", "--rolling", "--pause", "--watch"];
    demo = await DemoProcess.start(["--json", "--flights", flights2k, ...flags]);
    const { code, stdout, stderr } = await demo.ended;
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Report;
    expect(report).toMatchObject({ mismatches: 0, commands: 4_000, lost: 0, doubled: 0, events: 4_000, killed: 2 });
    const counts = Object.fromEntries(report.faults.map(({ kind, count }) => [kind, count]));
    expect(counts).toEqual({ kill: 2, "kill-server": 1, rolling: 1, pause: 1 });
    const worst = Object.fromEntries(report.faults.map(({ kind, failoverMs }) => [kind, failoverMs]));
    expect(worst["kill"]).toBeLessThan(2_000);
    expect(worst["rolling"]).toBeLessThan(2_000);
    expect(worst["pause"]).toBeGreaterThan(3_000); // nobody takes over before the lease has run out
    expect(worst["pause"]).toBeLessThan(10_000); // nor waits until the node goes on
    expect(report.board).toMatchObject({ events: 4_000, missing: 0 });
    expect(stderr).toContain("has lost its place, and joined again");
    if (isLinux) expect(await demo.remaining()).toEqual([]);
    expect(await demo.temporaryFiles()).toEqual([]);
  }, 180_000);

  it.runIf(isLinux)(
    "says which node was lost, and ends, when one dies that it did not kill",
    async () => {
      demo = await DemoProcess.start(["--flights", flights2k]);
      await demo.said("nodes up: 3");
      const [node] = await demo.nodes();
      process.kill(node as number, "SIGKILL");
      const { code, stderr } = await demo.ended;
      expect(stderr).toMatch(/^failed: node-[123] ended unexpectedly: SIGKILL\n$/);
      expect(code).toBe(1);
      expect(await demo.remaining()).toEqual([]);
      expect(await demo.temporaryFiles()).toEqual([]);
    },
    60_000,
  );
});

import { afterEach, describe, expect, it } from "vitest";
import { DemoProcess, flights2k } from "./demo-process.ts";

// What a run started is found through /proc.
const onLinux = describe.runIf(process.platform === "linux");
const withinMs = 10_000;

let demo: DemoProcess | undefined;
afterEach(() => demo?.cleanUp());

onLinux("Ctrl-C", () => {
  it.each([
    { moment: "while a nats-server is looked for", said: "nats-server not from PATH", to: "group", path: "/nowhere" },
    { moment: "while the nodes start", said: "on nats://", to: "group" },
    { moment: "in the feed", said: "10 %", to: "process" },
    { moment: "at the kill", said: "kill -9", to: "group" },
    { moment: "while a node is stopped", said: "SIGSTOP", to: "group", args: ["--kills", "0", "--pause"] },
    { moment: "while all nodes are restarted", said: "100 %", to: "process" },
    { moment: "when it is about to end", said: "by full replay", to: "group" },
  ] as const)(
    "$moment ends it with 130, one line and nothing left",
    async ({ said, to, ...found }) => {
      const args = "args" in found ? found.args : [];
      demo = await DemoProcess.start(["--flights", flights2k, ...args], "path" in found ? { PATH: found.path } : {});
      await demo.said(said);
      const at = performance.now();
      demo.send("SIGINT", to);
      const { code, stderr } = await demo.ended;
      expect({ code, stderr }).toEqual({ code: 130, stderr: "stopped by SIGINT\n" });
      expect(performance.now() - at).toBeLessThan(withinMs);
      expect(await demo.remaining()).toEqual([]);
      expect(await demo.temporaryFiles()).toEqual([]);
    },
    60_000,
  );

  it("twice is the same as once", async () => {
    demo = await DemoProcess.start(["--flights", flights2k]);
    await demo.said("10 %");
    demo.send("SIGINT", "group");
    demo.send("SIGTERM", "group");
    await expect(demo.ended).resolves.toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/^stopped by SIG.*\n$/),
    });
    expect(await demo.remaining()).toEqual([]);
  }, 60_000);
});

onLinux("the launcher's own death", () => {
  it("ends the node processes too", async () => {
    demo = await DemoProcess.start(["--flights", flights2k]);
    await demo.said("nodes up: 3");
    expect(await demo.nodes()).toHaveLength(3);
    demo.send("SIGKILL");
    // `ended` settles once the last process that holds its standard error is gone: the nodes.
    await demo.ended;
    await expect.poll(() => demo?.nodes(), { timeout: withinMs }).toEqual([]);
  }, 60_000);
});

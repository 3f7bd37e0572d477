// A real process whose whole handling of SIGTERM is one line.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("on SIGTERM under load all accepted asks are answered, actors passivate, and the process exits with 0", async () => {
  const app = fileURLToPath(new URL("sigterm-app.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@aether/source", "--import", "tsx", app], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const complaints: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk.toString()));
  const exited = once(child, "exit");
  let last = "";
  for await (const line of createInterface(child.stdout)) {
    if (line === "loaded") child.kill("SIGTERM");
    last = line;
  }
  expect([await exited, complaints]).toEqual([[0, null], []]);
  const { asked, replied, refused, handled, activated, passivated } = JSON.parse(last) as Record<string, number>;
  expect(replied).toBeGreaterThanOrEqual(2_000);
  expect(handled).toBe(replied);
  expect([asked, refused]).toEqual([(replied as number) + 50, 50]);
  expect([activated, passivated]).toEqual([20, 20]);
});

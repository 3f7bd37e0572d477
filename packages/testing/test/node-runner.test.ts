// The kit needs no runner of its own.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("node-runner-main.ts", import.meta.url));

/** `node --test`, one process. */
async function run(env: NodeJS.ProcessEnv): Promise<{ readonly code: unknown; readonly stdout: string }> {
  const args = ["--conditions=@aether/source", "--import", "tsx", "--test-reporter=tap", main];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
    return { code: 0, stdout };
  } catch (error) {
    return error as { code: unknown; stdout: string };
  }
}

it("runs under the test runner of Node, which counts what holds", { timeout: 60_000 }, async () => {
  const { code, stdout } = await run({});
  expect(stdout).toMatch(/^# pass 4$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(code).toBe(0);
});

it("fails there with the difference", { timeout: 60_000 }, async () => {
  const { code, stdout } = await run({ KIT_MUST_FAIL: "1" });
  expect(code).toBe(1);
  expect(stdout).toContain("the reply is another");
  expect(stdout).toMatch(/\+ 1\s+- 2/);
});

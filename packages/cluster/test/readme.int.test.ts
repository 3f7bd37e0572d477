// The program in the README runs as written, but for the server's address, and a second start goes on where it ended.
import { startNatsServer } from "@aether/nats/server";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

it("runs the program of the README, twice", async () => {
  await using server = await startNatsServer();
  const readme = await readFile(join(root, "README.md"), "utf8");
  const program = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? expect.unreachable();
  expect(program.trim().split("\n").length).toBeLessThanOrEqual(20);
  expect(program).toContain("nats://127.0.0.1:4222");
  const cache = join(root, "../../node_modules/.cache"); // a file below the packages finds them by name
  await mkdir(cache, { recursive: true });
  const dir = await mkdtemp(join(cache, "aether-readme-"));
  await writeFile(join(dir, "program.mts"), program.replace("nats://127.0.0.1:4222", server.url));
  const args = ["--conditions=@aether/source", "--import", "tsx", join(dir, "program.mts")];
  const run = async (): Promise<string> => (await promisify(execFile)(process.execPath, args, { cwd: root })).stdout;
  expect(await run()).toMatch(/^1 1$/m);
  expect(await run()).toMatch(/^2 2$/m);
  await rm(dir, { recursive: true });
}, 60_000);

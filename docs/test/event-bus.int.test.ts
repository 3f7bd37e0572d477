// The programs of docs/event-bus.md run, one after the other against one server, and print what stands below them.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startNatsServer } from "@aether/nats/server";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("runs the programs of the page, and they print what stands below them", { timeout: 120_000 }, async () => {
  await using server = await startNatsServer();
  const text = await readFile(`${root}docs/event-bus.md`, "utf8");
  const programs = [...text.matchAll(/```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)];
  expect(programs).toHaveLength(text.split("```ts\n").length - 1);
  expect(programs.length).toBeGreaterThanOrEqual(3);
  const cache = `${root}node_modules/.cache/`;
  await mkdir(cache, { recursive: true });
  const dir = await mkdtemp(`${cache}aether-docs-`);
  try {
    for (const [, code = "", prints] of programs) {
      await writeFile(`${dir}/program.mts`, code.replace("nats://127.0.0.1:4222", server.url));
      const args = ["--conditions=@aether/source", "--import", "tsx", `${dir}/program.mts`];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 60_000 });
      expect(stdout).toBe(prints);
    }
  } finally {
    await rm(dir, { recursive: true });
  }
});

// The program in the README runs and prints what the README says.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

it("runs the program of the README", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const program = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? expect.unreachable();
  const args = ["--conditions=@aether/source", "--import", "tsx", "--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  expect(stdout).toContain("{ type: 'stored', sequence: 1 } { type: 'wrong-sequence', actual: 1 }");
  expect(stdout).toContain("1 deposited 50");
});

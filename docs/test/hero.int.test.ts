// The program that README.md and docs/design.md open with: compiled and run as it stands there, but for the server's address.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { startNatsServer } from "@aether/nats/server";
import { EventSourcedActor, type Events } from "@aether/persistence";
import { expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The same account in the store, seen through another class. */
class Auditor extends EventSourcedActor<{ type: "deposited" | "withdrawn"; amount: number }> {
  static type = "account";
  static readonly events: Events<{ type: "deposited" | "withdrawn" }> = { deposited: 1, withdrawn: 1 };
  state = { balance: 0 };
  apply(event: { type: "deposited" | "withdrawn"; amount: number }): void {
    this.state.balance += event.type === "deposited" ? event.amount : -event.amount;
  }
  look(): { balance: number } {
    return this.state;
  }
}

async function firstProgram(file: string): Promise<string> {
  const text = await readFile(join(root, file), "utf8");
  const program = /```ts\n([\s\S]*?)```/.exec(text)?.[1];
  if (program === undefined) throw new Error(`${file} has no program`);
  return program;
}

async function inScratch(task: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(root, "node_modules/.cache/aether-docs-"));
  try {
    await task(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test.each(["README.md", "docs/design.md"])(
  "the program of %s compiles and runs as written",
  { timeout: 60_000 },
  async (file) => {
    await using server = await startNatsServer();
    const program = await firstProgram(file);
    expect(program).toContain("nats://127.0.0.1:4222");
    await inScratch(async (dir) => {
      const path = join(dir, "hero.ts");
      await writeFile(path, program.replace("nats://127.0.0.1:4222", server.url));
      const config = {
        extends: join(root, "tsconfig.base.json"),
        compilerOptions: { noEmit: true, composite: false, declaration: false, declarationMap: false },
        files: ["hero.ts"],
      };
      await writeFile(join(dir, "tsconfig.json"), JSON.stringify(config));
      await writeFile(join(dir, "package.json"), '{ "type": "module" }');
      await run(join(root, "node_modules/.bin/tsc"), ["-p", dir]);
      await run(process.execPath, ["--conditions=@aether/source", "--import", "tsx", path], { cwd: root });
    });
    await using system = await createSystem({
      name: "bank",
      actors: [Auditor],
      plugins: [cluster({ servers: server.url })],
      log: false,
    });
    expect(await system.ref(Auditor, "alice").ask.look()).toEqual({ balance: 30 });
  },
);

// The programs in the documentation run, and print what stands below them.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = [
  "docs/actors.md",
  "docs/cluster.md",
  "docs/evolution.md",
  "docs/supervision.md",
  "docs/plugins.md",
  "docs/persistence.md",
  "docs/snapshots.md",
  "docs/stores.md",
  "docs/testing.md",
  "packages/actor/README.md",
  "packages/persistence/README.md",
  "packages/testing/README.md",
];

interface Program {
  readonly code: string;
  readonly prints: string;
}

/** Each `ts` block must be a whole program, with a `text` block of its output behind it. */
function programsOf(text: string): Program[] {
  const blocks = text.split("```ts\n").slice(1);
  return blocks.map((rest) => {
    const [code = "", after = ""] = rest.split(/^```\n/m, 2);
    const prints = /^\s*```text\n([\s\S]*?)```/.exec(after + rest.slice(code.length + 4 + after.length))?.[1];
    return { code, prints: prints ?? expect.unreachable(`no output stands below:\n${code}`) };
  });
}

/** Run from a file below the packages, so that it finds them by name. */
async function outputOf(code: string): Promise<string> {
  const cache = `${root}node_modules/.cache/`;
  await mkdir(cache, { recursive: true });
  const dir = await mkdtemp(`${cache}aether-docs-`);
  try {
    if (code.includes('from "vitest"')) return await reportOf(dir, code);
    await writeFile(`${dir}/program.mts`, code);
    const args = ["--conditions=@aether/source", "--import", "tsx", `${dir}/program.mts`];
    return (await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 120_000 })).stdout;
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** A line for each test of a file for vitest, which must all hold. */
async function reportOf(dir: string, code: string): Promise<string> {
  await writeFile(`${dir}/example.test.ts`, code);
  const vitest = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")));
  const config = `${dir}/vitest.config.mts`;
  await writeFile(config, `export default { ssr: { resolve: { conditions: ["@aether/source"] } } };`);
  const args = [vitest, "run", "--root", dir, "--config", config, "--reporter=json"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: dir, timeout: 120_000 });
  const { testResults } = JSON.parse(stdout) as {
    testResults: { assertionResults: { ancestorTitles: string[]; title: string; status: string }[] }[];
  };
  const lines = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ ancestorTitles, title, status }) => {
      return `${status === "passed" ? "✓" : status} ${[...ancestorTitles, title].join(" > ")}\n`;
    });
  return lines.join("");
}

it.each(pages)("the programs of %s run and print what stands below them", { timeout: 150_000 }, async (page) => {
  const programs = programsOf(await readFile(root + page, "utf8"));
  expect(programs.length).toBeGreaterThan(0);
  for (const { code, prints } of programs) {
    expect(await outputOf(code)).toBe(prints);
  }
});

it.each(["packages/actor/README.md", "packages/persistence/README.md"])(
  "the first program of %s is short",
  async (page) => {
    const [first] = programsOf(await readFile(root + page, "utf8"));
    expect(first?.code.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
  },
);

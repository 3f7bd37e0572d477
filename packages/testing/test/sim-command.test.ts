// What `npm run sim` says when it is asked for help, or told nonsense.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

function sim(...given: readonly string[]): ReturnType<typeof spawnSync> {
  const main = fileURLToPath(new URL("../src/simulation/cli/main.ts", import.meta.url));
  return spawnSync(process.execPath, ["--conditions=@aether/source", "--import", "tsx", main, ...given], {
    encoding: "utf8",
  });
}

it("prints its options when it is asked, and that is no failure", () => {
  expect(sim("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("--seeds 1000"), stderr: "" });
});

it("ends without a stack trace when nobody reads on", () => {
  const main = fileURLToPath(new URL("../src/simulation/cli/main.ts", import.meta.url));
  const node = `"${process.execPath}" --conditions=@aether/source --import tsx "${main}" --seed 3 --trace`;
  const { stdout, stderr } = spawnSync("sh", ["-c", `${node} | head -n 2`], { encoding: "utf8" });
  expect(stdout.trimEnd().split("\n")).toHaveLength(2);
  expect(stderr).toBe("");
});

it.each([
  [["--sedes", "3"], "there is no option --sedes"],
  [["--seeds", "no"], "--seeds is no; use a whole number from 1"],
])("refuses %j without a stack trace", (args, message) => {
  const { status, stderr } = sim(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("    at ");
});

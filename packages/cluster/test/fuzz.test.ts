// A part of what `npm run fuzz -w @aether/cluster -- 1000000` does.
import { expect, it } from "vitest";
import { fuzz } from "./fuzz.ts";

it("survives frames that no honest node sends, and serves the others meanwhile", async () => {
  const seed = Number(process.env["SEED"] ?? 1);
  const report = await fuzz(10_000, seed).catch((error: unknown) => {
    throw new Error(`seed ${seed}`, { cause: error });
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report.frames).toBeGreaterThan(report.runs / 4);
  expect(report.parts).toBeGreaterThan(report.runs / 4);
  expect(report.refused["CLUSTER_BAD_FRAME"]).toBeGreaterThan(report.runs / 4);
}, 120_000);

// `bench -- kernel`: each workload beside its limit, a row as soon as it is measured.
import { interleave, type Medians } from "../measure.ts";
import type { BenchOptions } from "../options.ts";
import { figure, printJson, printLine, select } from "../report.ts";
import type { Workload } from "./workload.ts";
import { workloads } from "./workloads.ts";

const widths = [-16, 9, 12, 12, 8, 10, 9, 8];

export async function runKernelBench(options: BenchOptions): Promise<number> {
  const chosen = select(workloads, options.names);
  if (!options.json) printLine(widths, ["bench", "n", "ours", "limit", "ratio", "at most", "aim", ""]);
  for (const workload of chosen) {
    const medians = await measure(workload, options.runs);
    if (options.json) printJson(jsonRow(workload, medians));
    else printLine(widths, tableRow(workload, medians));
  }
  return 0;
}

async function measure(workload: Workload, runs: number): Promise<Medians> {
  const ours = await workload.ours();
  const theirs = await workload.limit();
  try {
    return await interleave({ ours, theirs }, { ours: workload.n, theirs: workload.n, runs });
  } finally {
    await ours.close?.();
    await theirs.close?.();
  }
}

function jsonRow({ name, unit, n }: Workload, { ours, theirs }: Medians): Record<string, unknown> {
  return { bench: name, ours: figure(ours), limit: figure(theirs), ratio: figure(ours / theirs), unit, n };
}

function tableRow(workload: Workload, { ours, theirs }: Medians): string[] {
  const { name, unit, n, bounded, atMost, aim } = workload;
  const value = bounded === "ratio" ? ours / theirs : ours;
  const sign = bounded === "ratio" ? "x" : ` ${unit}`;
  const verdict = value <= aim ? "aim met" : value <= atMost ? "ok" : "OVER";
  const figures = [`${figure(ours)} ${unit}`, `${figure(theirs)} ${unit}`, `${figure(ours / theirs)}x`];
  return [name, String(n), ...figures, `${atMost}${sign}`, `${aim}${sign}`, verdict];
}

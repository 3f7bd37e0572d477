// `bench -- persistence`: each row beside the raw store, printed as soon as it is measured.
import type { BenchOptions } from "../options.ts";
import { figure, printJson, printLine, select } from "../report.ts";
import { embedded1kActors, embeddedHot, embeddedSequential, loopDelay, memoryAsk } from "./embedded-rows.ts";
import { jetStreamRows } from "./jetstream-rows.ts";
import { coldActivations, recoverSnapshot, replay100k } from "./recovery-rows.ts";
import { type Bound, type Figure, meets, type Row } from "./row.ts";

const rows: readonly Row[] = [
  memoryAsk,
  embeddedSequential,
  embedded1kActors,
  embeddedHot,
  ...jetStreamRows,
  recoverSnapshot,
  replay100k,
  coldActivations,
  loopDelay,
];

const widths = [-36, 8, 20, 20, 8, -44, 8];

export async function runPersistenceBench(options: BenchOptions): Promise<number> {
  const chosen = select(rows, options.names);
  if (!options.json) printLine(widths, ["bench", "n", "ours", "raw", "ratio", "  bounds (aim)", ""]);
  for (const row of chosen) {
    for (const found of await row.measure(options.runs)) {
      if (options.json) printJson(jsonRow(row.name, found));
      else printLine(widths, tableRow(row.name, found));
    }
  }
  return 0;
}

function ratioOf({ ours, limit }: Figure): number | undefined {
  return limit === undefined ? undefined : figure(ours / limit);
}

function jsonRow(name: string, found: Figure): Record<string, unknown> {
  const { labels, ours, limit, unit, n } = found;
  const raw = limit === undefined ? null : figure(limit);
  const figures = { ours: figure(ours), limit: raw, ratio: ratioOf(found) ?? null, unit, n };
  return { bench: name, ...labels, ...figures, bounds: found.bounds, met: meets(found, "value") };
}

function tableRow(name: string, found: Figure): string[] {
  const { labels, ours, limit, unit, n, bounds } = found;
  const verdict = meets(found, "aim") ? "aim met" : meets(found, "value") ? "ok" : "MISSED";
  const raw = limit === undefined ? "" : `${figure(limit)} ${unit}`;
  const title = [name, ...Object.values(labels)].join(" ");
  const ratio = ratioOf(found) ?? "";
  return [
    title,
    String(n),
    `${figure(ours)} ${unit}`,
    raw,
    String(ratio),
    `  ${bounds.map(boundText).join(", ")}`,
    verdict,
  ];
}

function boundText({ of, is, value, aim }: Bound): string {
  return `${of} ${is} ${value} (${aim})`;
}

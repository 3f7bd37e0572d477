// `bench -- cluster`: nodes as processes and a server on this machine, each row printed as soon as it is measured.
import type { BenchOptions } from "../options.ts";
import { figure, printJson, printLine, select } from "../report.ts";
import { type Figure, meets, valueOf } from "./row.ts";
import { rows } from "./rows.ts";

const widths = [-24, 9, 18, 18, 8, -26, 8];

export async function runClusterBench(options: BenchOptions): Promise<number> {
  const chosen = select(rows, options.names);
  if (!options.json) printLine(widths, ["bench", "n", "ours", "raw", "ratio", "  bound (aim)", ""]);
  for (const row of chosen) {
    for (const found of await row.measure(options.runs)) {
      if (options.json) printJson(jsonRow(row.name, found));
      else printLine(widths, tableRow(row.name, found));
    }
  }
  return 0;
}

function nameOf(row: string, { part }: Figure): string {
  return part === undefined ? row : `${row}-${part}`;
}

function jsonRow(row: string, found: Figure): Record<string, unknown> {
  const { ours, raw, unit, n, bound, note } = found;
  const sides = { ours: figure(ours), raw: raw === undefined ? null : figure(raw) };
  const ratio = raw === undefined ? null : figure(valueOf(found));
  const rest = { unit, n, bound: bound ?? null, met: meets(found, "value"), ...(note === undefined ? {} : { note }) };
  return { bench: nameOf(row, found), ...sides, ratio, ...rest };
}

function tableRow(row: string, found: Figure): string[] {
  const { ours, raw, unit, n, bound, note = "" } = found;
  const sides = [`${figure(ours)} ${unit}`, raw === undefined ? "" : `${figure(raw)} ${unit}`];
  const ratio = raw === undefined ? "" : String(figure(valueOf(found)));
  if (bound === undefined) return [nameOf(row, found), String(n), ...sides, ratio, `  ${note}`];
  const verdict = meets(found, "aim") ? "aim met" : meets(found, "value") ? "ok" : "MISSED";
  const bounds = `  ${bound.is} ${bound.value} (${bound.aim})`;
  return [nameOf(row, found), String(n), ...sides, ratio, bounds, verdict, note];
}

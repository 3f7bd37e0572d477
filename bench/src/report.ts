// How rows are chosen by name and printed: a table for eyes, or one JSON object a line.
import { UsageError } from "./usage-error.ts";

/** Four significant digits; more would be noise. */
export function figure(value: number): number {
  return Number(value.toPrecision(4));
}

export function printJson(row: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify(row));
}

/** Cells side by side; a negative width aligns to the left. */
export function printLine(widths: readonly number[], cells: readonly string[]): void {
  const padded = cells.map((cell, i) => {
    const width = widths[i] ?? 0;
    return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  });
  console.log(padded.join(" ").trimEnd());
}

/** Those with one of the names; all when no name is given. @throws UsageError for a name that there is not */
export function select<Row extends { readonly name: string }>(all: readonly Row[], names: readonly string[]): Row[] {
  for (const name of names) {
    if (all.some((row) => row.name === name)) continue;
    const known = [...new Set(all.map((row) => row.name))];
    throw new UsageError(`There is no row "${name}"; there are ${known.join(", ")}.`);
  }
  return all.filter((row) => names.length === 0 || names.includes(row.name));
}

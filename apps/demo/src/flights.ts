// The real input: flights as in flights-*.json of the npm package vega-datasets (US flights of 2001, from the Bureau of
// Transportation Statistics).
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UsageError } from "./usage-error.ts";

export interface Flight {
  /** `2001/01/31 23:59`: sorts as text. */
  readonly date: string;
  /** Minutes; negative is early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** @throws UsageError naming the file, the row and the field */
export async function readFlights(file: string | undefined): Promise<readonly Flight[]> {
  const path = file ?? defaultFile();
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`The flights file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}.`);
  }
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The flights file ${path} is not JSON: ${(error as Error).message}.`);
  }
  if (!Array.isArray(rows) || rows.length === 0) throw new UsageError(`The flights file ${path} holds no array of flights.`);
  rows.forEach((row, index) => checkFlight(row, `${path}, row ${index + 1}`));
  return rows as Flight[];
}

/** The package exports no data file by name; its data stands beside its built entry. */
function defaultFile(): string {
  const entry = createRequire(import.meta.url).resolve("vega-datasets");
  return join(dirname(entry), "..", "data", "flights-20k.json");
}

function checkFlight(row: unknown, place: string): void {
  const flight = (typeof row === "object" && row !== null ? row : {}) as Partial<Record<keyof Flight, unknown>>;
  for (const field of ["origin", "destination", "date"] as const) {
    if (typeof flight[field] !== "string" || flight[field] === "") {
      throw new UsageError(`${place}: "${field}" is ${JSON.stringify(flight[field])}; a flight needs a text there.`);
    }
  }
  for (const field of ["delay", "distance"] as const) {
    if (!Number.isFinite(flight[field])) {
      throw new UsageError(`${place}: "${field}" is ${JSON.stringify(flight[field])}; a flight needs a number there.`);
    }
  }
}

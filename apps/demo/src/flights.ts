// The real input: flights as in flights-*.json of the npm package vega-datasets (US flights of 2001, from the Bureau of
// Transportation Statistics).
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ActorAddress, InvalidActorId } from "@aether/actor";
import { Airport } from "./airport.ts";
import { UsageError } from "./usage-error.ts";

export interface Flight {
  /** `2001/01/31 23:59`: sorts as text. */
  readonly date: string;
  /** Minutes; negative is early. */
  readonly delay: number;
  /** Miles, a whole number. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** A flight as one of its airports takes part in it. */
export type Leg = "departure" | "arrival";

const maxDateLength = 100;
const maxMiles = 1_000_000_000;
/** Events are JSON in UTF-8, which has no half characters. */
const halfCharacter = /\p{Surrogate}/u;

/** @throws UsageError naming the file, the row and the field */
export async function readFlights(file: string | undefined): Promise<readonly Flight[]> {
  const path = file ?? defaultFile();
  const rows = parse(await read(path), path);
  if (!Array.isArray(rows) || rows.length === 0) {
    throw new UsageError(`The flights file "${path}" holds no array of flights.`);
  }
  return rows.map((row: unknown, index) => toFlight(row, `"${path}", flight ${index + 1}`));
}

/** The package exports no data file by name; its data stands beside its built entry. */
function defaultFile(): string {
  const entry = createRequire(import.meta.url).resolve("vega-datasets");
  return join(dirname(entry), "..", "data", "flights-20k.json");
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`The flights file "${path}" cannot be read: ${code ?? message}.`);
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The flights file "${path}" is not JSON: ${(error as Error).message}.`);
  }
}

/** Whole miles: their sum is the same in whatever order they are added. */
function toFlight(row: unknown, place: string): Flight {
  const { date, delay, distance, origin, destination } = (row ?? {}) as { readonly [field in keyof Flight]?: unknown };
  for (const [field, code] of Object.entries({ origin, destination })) checkCode(code, `${place}: "${field}"`);
  if (typeof date !== "string" || date === "" || date.length > maxDateLength) {
    throw new UsageError(`${place}: "date" is ${show(date)}; use a text of 1 to ${maxDateLength} characters.`);
  }
  if (halfCharacter.test(date))
    throw new UsageError(`${place}: "date" is ${show(date)}, which holds half a character.`);
  if (!Number.isFinite(delay)) throw new UsageError(`${place}: "delay" is ${show(delay)}; use a number of minutes.`);
  if (!Number.isFinite(distance) || Math.abs(distance as number) > maxMiles) {
    throw new UsageError(`${place}: "distance" is ${show(distance)}; use a number of miles, at most ${maxMiles}.`);
  }
  return { date, delay, distance: Math.round(distance as number), origin, destination } as Flight;
}

/** A code is the id of its actor. */
function checkCode(code: unknown, place: string): void {
  if (typeof code !== "string") throw new UsageError(`${place} is ${show(code)}; use the code of an airport.`);
  try {
    void new ActorAddress(Airport.type, code);
  } catch (error) {
    if (!(error instanceof InvalidActorId)) throw error;
    throw new UsageError(`${place} is ${show(code)}, which cannot name an actor: ${String(error.data["reason"])}.`);
  }
}

function show(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "missing");
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}

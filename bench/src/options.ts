// The command line after the name of the bench.
import { parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

export interface BenchOptions {
  /** Rows to run; empty for all. */
  readonly names: readonly string[];
  readonly json: boolean;
  /** Timed runs of each side. */
  readonly runs: number;
  /** How long the soak lasts. */
  readonly minutes: number;
}

export type OptionName = "json" | "runs" | "minutes";

/** @throws UsageError for an option that this bench does not take, a wrong value, or a name where there are none */
export function readOptions(args: readonly string[], takes: readonly (OptionName | "names")[]): BenchOptions {
  const { values, positionals } = parse(args);
  for (const name of Object.keys(values)) {
    if (!takes.includes(name as OptionName)) throw new UsageError(`This bench takes no --${name}.`);
  }
  if (positionals.length > 0 && !takes.includes("names")) {
    throw new UsageError(`This bench takes no names; "${positionals[0]}" is one.`);
  }
  return {
    names: positionals,
    json: values.json ?? false,
    runs: wholeNumber("--runs", values.runs ?? "5", 99),
    minutes: minutesOf(values.minutes ?? "10"),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: "boolean" }, runs: { type: "string" }, minutes: { type: "string" } },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/[.;]\s/)[0]}.`);
  }
}

function wholeNumber(option: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new UsageError(`${option} is "${text}"; use a whole number from 1 to ${max}.`);
}

/** Parts of a minute are for trying it out. */
function minutesOf(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.1 && value <= 1_440) return value;
  throw new UsageError(`--minutes is "${text}"; use a number from 0.1 to 1440.`);
}

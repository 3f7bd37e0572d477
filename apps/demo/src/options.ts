// The command line of the demo.
import { parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

export interface DemoOptions {
  readonly help: boolean;
  readonly json: boolean;
  readonly inProcess: boolean;
  /** The directory of `--embedded`; `undefined` without it. */
  readonly data: string | undefined;
  /** A file of flights; `undefined` for the one that comes with the demo. */
  readonly flights: string | undefined;
  readonly nodes: number;
  readonly seed: number;
}

export const usage = `npm run demo -- [options]
  --flights FILE  flights to fly (default: flights-20k.json of vega-datasets)
  --nodes N       nodes, 1 to 16 (default 3)
  --seed N        which node is killed, and when (default 1)
  --in-process    logical nodes in one process on the memory store, without NATS
  --embedded      one process on the embedded store, without NATS; it goes on with what --data holds
  --data DIR      where the embedded store is; made when missing
  --json          one JSON object as the last line of standard output
  --help          this text`;

/** @throws UsageError naming the option and what it takes */
export function readOptions(args: readonly string[]): DemoOptions {
  const values = parse(args);
  return {
    help: values.help,
    json: values.json,
    inProcess: values["in-process"],
    data: dataOf(values),
    flights: values.flights,
    nodes: wholeNumber("--nodes", values.nodes ?? "3", { min: 1, max: 16 }),
    seed: wholeNumber("--seed", values.seed ?? "1", { min: 0, max: 2 ** 31 }),
  };
}

/** What is about nodes says nothing to a run without them: it is refused rather than ignored. */
function dataOf(values: ReturnType<typeof parse>): string | undefined {
  const { embedded, data } = values;
  if (!embedded) {
    if (data !== undefined) throw new UsageError("--data is the directory of --embedded, which is missing.");
    return undefined;
  }
  for (const name of ["in-process", "nodes", "seed"] as const) {
    if (values[name] === undefined || values[name] === false) continue;
    throw new UsageError(`--${name} does not go with --embedded, which is one process that nobody kills.`);
  }
  if (data === undefined || data === "") throw new UsageError("--embedded needs --data DIR, where its store is.");
  return data;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        "in-process": { type: "boolean", default: false },
        embedded: { type: "boolean", default: false },
        data: { type: "string" },
        flights: { type: "string" },
        nodes: { type: "string" },
        seed: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/[.;]\s/)[0]}. Try --help.`);
  }
}

function wholeNumber(option: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${option} is "${text}"; use a whole number from ${min} to ${max}.`);
}

// The command line of the demo.
import { parseArgs } from "node:util";
import type { FaultPlan } from "./fault-plan.ts";
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
  /** nats-servers: one, or three that replicate. */
  readonly servers: 1 | 3;
  readonly seed: number;
  readonly faults: FaultPlan;
  /** Whether a board follows what is stored. */
  readonly watch: boolean;
}

export const usage = `npm run demo -- [options]
  --flights FILE  flights to fly (default: flights-20k.json of vega-datasets)
  --nodes N       nodes, 1 to 16 (default 3)
  --servers N     nats-servers: 1, or 3 that replicate what is stored (default 1)
  --kills N       how often a node is killed with SIGKILL, 0 to 20 (default 1)
  --kill-server   kills the server that leads the events' stream, too; with --servers 3
  --rolling       restarts every node in turn, in order (SIGTERM), too
  --pause         stops a node for 10 s (SIGSTOP), too: it loses its place, and joins again
  --watch         a board that counts what is stored, told by the event bus, and is compared at the end
  --seed N        which nodes are hit, and when (default 1)
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
    servers: serversOf(values),
    seed: wholeNumber("--seed", values.seed ?? "1", { min: 0, max: 2 ** 31 }),
    faults: {
      kills: wholeNumber("--kills", values.kills ?? "1", { min: 0, max: 20 }),
      killServer: values["kill-server"],
      rolling: values.rolling,
      pause: values.pause,
    },
    watch: values.watch,
  };
}

function serversOf(values: ReturnType<typeof parse>): 1 | 3 {
  const { servers = "1" } = values;
  if (servers !== "1" && servers !== "3") throw new UsageError(`--servers is "${servers}"; use 1 or 3.`);
  if (values["in-process"]) {
    for (const name of ["servers", "kill-server", "watch"] as const) {
      if (!isGiven(values[name])) continue;
      throw new UsageError(`--${name} does not go with --in-process, which is without NATS.`);
    }
    if (values.pause) throw new UsageError("--pause does not go with --in-process: there is no process to stop alone.");
  }
  if (values["kill-server"] && servers !== "3") {
    throw new UsageError("--kill-server needs --servers 3: with one there is nobody to lead in its place.");
  }
  return servers === "3" ? 3 : 1;
}

function isGiven(value: string | boolean | undefined): boolean {
  return value !== undefined && value !== false;
}

const aboutNodes = [
  "in-process",
  "nodes",
  "servers",
  "kills",
  "kill-server",
  "rolling",
  "pause",
  "watch",
  "seed",
] as const;

/** What is about nodes says nothing to a run without them: it is refused rather than ignored. */
function dataOf(values: ReturnType<typeof parse>): string | undefined {
  const { embedded, data } = values;
  if (!embedded) {
    if (data !== undefined) throw new UsageError("--data is the directory of --embedded, which is missing.");
    return undefined;
  }
  for (const name of aboutNodes) {
    if (!isGiven(values[name])) continue;
    throw new UsageError(`--${name} does not go with --embedded, which is one process that nobody kills.`);
  }
  if (data === undefined || data === "") throw new UsageError("--embedded needs --data DIR, where its store is.");
  return data;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: withNegatives(args),
      options: {
        help: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        "in-process": { type: "boolean", default: false },
        embedded: { type: "boolean", default: false },
        data: { type: "string" },
        flights: { type: "string" },
        nodes: { type: "string" },
        servers: { type: "string" },
        kills: { type: "string" },
        "kill-server": { type: "boolean", default: false },
        rolling: { type: "boolean", default: false },
        pause: { type: "boolean", default: false },
        watch: { type: "boolean", default: false },
        seed: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/[.;]\s/)[0]}. Try --help.`);
  }
}

/** `--seed -1` as `--seed=-1`, so that the answer names what is allowed and not how to write it. */
function withNegatives(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    if (/^-\d/.test(arg) && before?.startsWith("--") === true) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function wholeNumber(option: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${option} is "${text}"; use a whole number from ${min} to ${max}.`);
}

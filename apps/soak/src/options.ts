// The command line of the soak.
import { parseArgs } from "node:util";

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly servers: 1 | 3;
  readonly nodes: number;
  readonly clients: number;
  readonly wallets: number;
  /** Commands under way at a time, of each client. */
  readonly workers: number;
  readonly json: boolean;
  /** One process with an embedded store instead of a cluster. */
  readonly isEmbedded: boolean;
  /** Without a network and disks of its own. */
  readonly isPlain: boolean;
  /** Given by the soak to itself: where nats-server is, in a network and a table of mounts of its own. */
  readonly inside: string | undefined;
}

export class UsageError extends Error {}

export const help = `npm run soak -- [--minutes 2] [--seed 7] [--servers 1|3] [--nodes 4] [--clients 2] [--workers 16]
                    [--wallets 400] [--plain] [--json]
       npm run soak -- --embedded [--minutes 2] [--seed 7] [--workers 16] [--wallets 400] [--plain] [--json]

Runs nats-servers, nodes and clients as processes, disturbs them with faults drawn from the seed, and holds what clients
saw against what is stored. Where the machine allows, it runs in a network and on disks of its own, for the faults of
those; --plain goes without. With --embedded it is one process with an embedded store, killed again and again, and damaged
copies of its files. Ends with 0 if no promise is broken, with 1 if one is, with 3 if it ended early.`;

/** @throws UsageError naming option, value and range */
export function readOptions(args: readonly string[]): SoakOptions | "help" {
  const values = parse(args);
  if (values.help === true) return "help";
  const servers = whole("--servers", values.servers ?? "1", [1, 3]);
  if (servers !== 1 && servers !== 3) throw new UsageError(`--servers is ${servers}; use 1 or 3.`);
  return {
    minutes: minutes(values.minutes ?? "2"),
    seed: whole("--seed", values.seed ?? String(Math.floor(Math.random() * 1e9)), [0, 2 ** 32 - 1]),
    servers,
    nodes: whole("--nodes", values.nodes ?? "4", [2, 16]),
    clients: whole("--clients", values.clients ?? "2", [1, 16]),
    wallets: whole("--wallets", values.wallets ?? "400", [2, 100_000]),
    workers: whole("--workers", values.workers ?? "16", [1, 1_000]),
    json: values.json === true,
    isEmbedded: values.embedded === true,
    isPlain: values.plain === true,
    inside: values.inside,
  };
}

type Values = Partial<
  Record<"minutes" | "seed" | "servers" | "nodes" | "clients" | "wallets" | "workers" | "inside", string>
> & {
  json?: boolean;
  plain?: boolean;
  embedded?: boolean;
  help?: boolean;
};

function parse(args: readonly string[]): Values {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = {
    minutes: text,
    seed: text,
    servers: text,
    nodes: text,
    clients: text,
    wallets: text,
    workers: text,
    inside: text,
    json: flag,
    plain: flag,
    embedded: flag,
    help: flag,
  };
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/[.;]\s/)[0]}. Try --help.`);
  }
}

function whole(option: string, text: string, [min, max]: readonly [number, number]): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${option} is "${text}"; use a whole number from ${min} to ${max}.`);
}

function minutes(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1_440) return value;
  throw new UsageError(`--minutes is "${text}"; use more than 0 and at most 1,440.`);
}

// One soak: start, load, disturb, heal, settle, read, check.
import { connectLink } from "@aether/nats";
import { join } from "node:path";
import { check } from "./checking/check.ts";
import { eventsOf, type LoggedWallet, merge, type Run } from "./checking/record.ts";
import { collect } from "./collecting.ts";
import { disturb, type Disturbed } from "./disturbing.ts";
import { machineNow, readHistory } from "./history.ts";
import { MemorySamples } from "./memory-samples.ts";
import type { SoakOptions } from "./options.ts";
import { kindsOf, type Report } from "./report.ts";
import { leaseMs, Stage } from "./stage.ts";
import { seededChance } from "./workload.ts";

export interface SoakParts {
  readonly options: SoakOptions;
  /** For histories; they stay where something is found. */
  readonly dir: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const maxShown = 50;

export async function soak({ options, dir, signal, say }: SoakParts): Promise<Report> {
  await using stage = await Stage.start(options, dir);
  say(`${options.servers} servers, ${options.nodes} nodes, ${options.clients} clients, seed ${options.seed}`);
  const natsServer = await versionOf(stage);
  const samples = new MemorySamples(() => stage.nodes.map(({ child }) => child));
  const untilMs = machineNow() + options.minutes * 60_000;
  const place = { stage, chance: seededChance(options.seed) };
  const faults = await disturb({ place, untilMs, signal, say }).finally(() => samples.stop());
  say("all is healed; clients finish, logs are read");
  await stage.endClients();
  const wallets = await collect(stage, join(dir, "settled.jsonl"));
  const asked = merge(stage.historyPaths.map((path) => readHistory(path)));
  return {
    ...sum({ asked, wallets, leaseMs }, faults),
    ...pickShown(options),
    notes: Object.fromEntries(stage.notes),
    duplicateActivations: { count: stage.overlapsMs.length, maxMs: Math.max(0, ...stage.overlapsMs) },
    rssSlope: samples.slope(),
    versions: { node: process.version, natsServer },
  };
}

function pickShown({
  seed,
  minutes,
  servers,
  nodes,
  clients,
}: SoakOptions): Pick<Report, "seed" | "minutes" | "servers" | "nodes" | "clients"> {
  return { seed, minutes, servers, nodes, clients };
}

type Summed = Omit<
  Report,
  "notes" | "duplicateActivations" | "rssSlope" | "versions" | keyof ReturnType<typeof pickShown>
>;

function sum(run: Run, faults: readonly Disturbed[]): Summed {
  const all = [...run.asked.values()];
  const unknown = all.filter(({ wasUnknown, operation }) => wasUnknown && operation.kind !== "read");
  const count = (list: typeof all, outcome: string): number => list.filter((one) => one.outcome === outcome).length;
  const byKind = kindsOf(faults, all);
  const found = check(run);
  return {
    commands: all.length,
    acknowledged: count(all, "ok"),
    refused: count(all, "fail"),
    unknown: {
      count: unknown.length,
      settledDone: count(unknown, "ok"),
      settledRefused: count(unknown, "fail"),
      open: count(unknown, "unknown"),
    },
    faults: faults.length,
    byKind,
    overlapping: Object.values(byKind).reduce((total, { overlapping }) => total + overlapping, 0),
    events: total(run.wallets, (wallet) => eventsOf(wallet).length),
    commits: total(run.wallets, ({ commits }) => commits.length),
    violations: found.length,
    found: found.slice(0, maxShown),
  };
}

function total(wallets: readonly LoggedWallet[], of: (wallet: LoggedWallet) => number): number {
  return wallets.reduce((sum, wallet) => sum + of(wallet), 0);
}

async function versionOf(stage: Stage): Promise<string> {
  await using link = await connectLink({ servers: [...stage.urls] });
  return link.serverVersion;
}

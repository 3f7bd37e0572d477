// An embedded soak: rounds, then the store is read and checked as after any other soak, and what damaged copies showed is
// judged by it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createSystem } from "@aether/actor";
import { persistence } from "@aether/persistence";
import { embedded } from "@aether/persistence/embedded";
import { checkProcesses } from "../checking/processes.ts";
import { type LoggedWallet, merge, type Run } from "../checking/record.ts";
import { collect } from "../collecting.ts";
import { machineNow, readHistory } from "../history.ts";
import type { Report } from "../report.ts";
import { reportOf } from "../report.ts";
import type { SoakParts } from "../run.ts";
import { Transfer, Wallet } from "../wallet.ts";
import { Witness } from "../witness.ts";
import { seededChance } from "../workload.ts";
import { judge } from "./inspections.ts";
import { Rounds } from "./rounds.ts";

export async function soakEmbedded({ options, machine, signal, say }: SoakParts): Promise<Report> {
  const disk = await machine.openDisk("disk-embedded");
  const directory = join(disk?.path ?? machine.dir, "store");
  mkdirSync(directory);
  const witness = new Witness();
  const chance = seededChance(options.seed);
  const rounds = new Rounds({ options, dir: machine.dir, directory, disk, chance, witness, say });
  say(`an embedded store, seed ${options.seed}`);
  let endedEarly: string | undefined;
  let wallets: readonly LoggedWallet[] = [];
  try {
    await rounds.run(machineNow() + options.minutes * 60_000, signal);
    if (signal.aborted) endedEarly = "it was told to stop";
  } catch (error) {
    endedEarly = (error as Error).message;
  }
  await rounds.end();
  await disk?.free();
  say("the store is read");
  const failed = await read(directory, rounds, machine.dir).then((all) => void (wallets = all), String);
  const asked = merge(rounds.historyPaths.map((path) => readHistory(path)));
  const run: Run = { asked, wallets, leaseMs: 0 };
  const { counts, violations } = judge(rounds.inspections, run);
  const unread = {
    invariant: "I13 all is live after the faults",
    what: `the store could not be read: ${failed}`,
  } as const;
  return reportOf({
    options: { ...options, servers: 0, nodes: 1, clients: 1 },
    faults: rounds.faults,
    growths: [],
    endedEarly: endedEarly ?? failed,
    more: [...(failed === undefined ? violations : [unread]), ...checkProcesses(witness.crashes, [])],
    skipped: skippedOn(disk, machine.whyNoDisk),
    run,
    isRead: failed === undefined,
    historyPaths: rounds.historyPaths,
    witness,
    damaged: counts,
    versions: { node: process.version },
  });
}

function skippedOn(disk: { readonly whyNoCut: string | undefined } | undefined, why: string): Record<string, string> {
  if (disk === undefined) return { "disk-full": why, "power-cut": why };
  return disk.whyNoCut === undefined ? {} : { "power-cut": disk.whyNoCut };
}

async function read(directory: string, { historyPaths }: Rounds, dir: string): Promise<LoggedWallet[]> {
  const store = embedded({ directory });
  const plugins = [persistence({ store })];
  await using system = await createSystem({ name: "soak", actors: [Wallet, Transfer], plugins, log: false });
  const stores = await store.open({ systemName: "soak", warn: () => undefined });
  try {
    const historyPath = join(dir, "settled.jsonl");
    return await collect({
      system,
      events: stores.events,
      historyPaths,
      historyPath,
      whenSettled: async () => undefined,
    });
  } finally {
    await stores.events.close();
    await stores.snapshots.close();
    await stores.close?.();
  }
}

// One soak: start, load, disturb, heal, settle, read, check. Whatever happens on the way, what is there is checked.
import { join } from "node:path";
import { createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { jetStream } from "@aether/persistence/jetstream";
import { checkProcesses } from "./checking/processes.ts";
import { type LoggedWallet, merge, type Replica } from "./checking/record.ts";
import type { Violation } from "./checking/violation.ts";
import { collect } from "./collecting.ts";
import { disturb } from "./disturbing.ts";
import { drawableOn } from "./faults/drawing.ts";
import { machineNow, readHistory } from "./history.ts";
import type { Machine } from "./machine.ts";
import { MemorySamples, type Sampled } from "./memory-samples.ts";
import type { SoakOptions } from "./options.ts";
import { readReplicas } from "./replica-reading.ts";
import { type Report, reportOf } from "./report.ts";
import { leaseMs, Stage } from "./stage.ts";
import { toldIn } from "./told.ts";
import { seededChance } from "./workload.ts";

export interface SoakParts {
  readonly options: SoakOptions;
  readonly machine: Machine;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** From half-time of a run of so many minutes on, one node and one client are not killed, so that their memory shows. */
const watchFromMinutes = 8;

export async function soak({ options, machine, signal, say }: SoakParts): Promise<Report> {
  await using stage = await Stage.start(options, machine);
  say(`${options.servers} servers, ${options.nodes} nodes, ${options.clients} clients, seed ${options.seed}`);
  const natsServer = await versionOf(stage);
  const drawable = drawableOn(stage);
  for (const [kind, why] of Object.entries(drawable.skipped)) say(`without ${kind}: ${why}`);
  const samples = new MemorySamples(() => sampledOf(stage));
  const halfMs = options.minutes * 30_000;
  const watching = setTimeout(() => stage.watch(), options.minutes >= watchFromMinutes ? halfMs : 2 ** 31 - 1);
  const untilMs = machineNow() + 2 * halfMs;
  const place = { stage, chance: seededChance(options.seed) };
  const { done: faults, endedEarly } = await disturb({ place, drawable, untilMs, signal, say });
  clearTimeout(watching);
  samples.stop();
  say("all is healed; clients finish, logs are read");
  const growths = samples.growths();
  const left = await readAll(stage, say);
  const watched = growths.filter(({ process }) => stage.watched.has(process));
  return reportOf({
    options,
    faults,
    growths,
    endedEarly: endedEarly ?? left.failed,
    more: [...left.violations, ...checkProcesses(stage.witness.crashes, watched)],
    skipped: drawable.skipped,
    run: {
      asked: merge(stage.historyPaths.map((path) => readHistory(path))),
      wallets: left.wallets,
      leaseMs,
      told: stage.toldPaths.map((path) => toldIn(path)),
      replicas: left.replicas,
    },
    isRead: left.failed === undefined,
    historyPaths: stage.historyPaths,
    witness: stage.witness,
    versions: { node: process.version, natsServer },
  });
}

interface Left {
  readonly wallets: readonly LoggedWallet[];
  readonly replicas: readonly Replica[];
  readonly violations: readonly Violation[];
  /** Why not all could be read. */
  readonly failed: string | undefined;
}

/** What is stored, once all is settled. Whatever does not work here is a violation: all is healed. */
async function readAll(stage: Stage, say: (line: string) => void): Promise<Left> {
  let wallets: readonly LoggedWallet[] = [];
  let replicas: readonly Replica[] = [];
  try {
    await stage.endClients();
    wallets = await readWallets(stage);
    say("logs are read; nodes end, replicas are compared");
    await stage.endNodes();
    replicas = await readReplicas(stage.servers);
    return { wallets, replicas, violations: [], failed: undefined };
  } catch (error) {
    const failed = `what is stored could not be read: ${(error as Error).message}`;
    const violations: Violation[] = [{ invariant: "I13 all is live after the faults", what: failed }];
    return { wallets, replicas, violations, failed };
  }
}

async function readWallets(stage: Stage): Promise<LoggedWallet[]> {
  const servers = [...stage.urls];
  const monitoringUrl = stage.servers.map(({ server }) => server.monitoringUrl);
  const of = { servers, replicas: servers.length, durability: "strict", monitoringUrl } as const;
  await using system = await createSystem({
    name: "soak",
    plugins: [cluster({ ...of, node: "controller", leaseMs })],
    log: false,
  });
  const stores = await jetStream(of).open({ systemName: "soak", warn: () => undefined });
  try {
    return await collect({
      system,
      events: stores.events,
      historyPaths: stage.historyPaths,
      historyPath: join(stage.machine.dir, "settled.jsonl"),
      whenSettled: () => stage.endSubscriber(),
    });
  } finally {
    await stores.events.close();
    await stores.snapshots.close();
    await stores.close?.();
  }
}

/** As they are now: another object for each life. */
function sampledOf(stage: Stage): Sampled[] {
  return stage.processes.map(({ child }) => child);
}

async function versionOf(stage: Stage): Promise<string> {
  await using link = await connectLink({ servers: [...stage.urls] });
  return link.serverVersion;
}

// One client: hosts nothing, asks without pause, and writes down all that it sees. Its argument is a `ClientArgument`.
import { createSystem, type ActorSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { HistoryFile, openOperations, readHistory } from "./history.ts";
import { argument, runProcess } from "./process-main.ts";
import { settle } from "./settling.ts";
import { operations, seededChance } from "./workload.ts";

export interface ClientArgument {
  readonly client: string;
  readonly servers: readonly string[];
  readonly monitoringUrl: readonly string[];
  readonly replicas: number;
  readonly leaseMs: number;
  readonly historyPath: string;
  /** Of a client that was killed: what it left open is settled first. */
  readonly inherits: string | undefined;
  readonly wallets: number;
  readonly workers: number;
  readonly seed: number;
}

const given = argument() as ClientArgument;
const history = new HistoryFile(given.historyPath);
const source = operations({ client: given.client, wallets: given.wallets, chance: seededChance(given.seed) });
const ending = new AbortController();

await runProcess(async () => {
  const { client, servers, monitoringUrl, replicas, leaseMs } = given;
  const system = await createSystem({
    name: "soak",
    plugins: [cluster({ servers: [...servers], monitoringUrl, replicas, node: client, leaseMs, durability: "strict" })],
    log: false,
  });
  const working = work(system);
  return async () => {
    ending.abort();
    await working;
    history.close();
    await system.stop();
  };
});

async function work(system: ActorSystem): Promise<void> {
  const left = given.inherits === undefined ? [] : openOperations(readHistory(given.inherits));
  await Promise.all(
    left.filter(({ kind }) => kind !== "read").map((one) => settle(one, { system, history, isRepeat: true })),
  );
  await Promise.all(Array.from({ length: given.workers }, () => worker(system)));
}

async function worker(system: ActorSystem): Promise<void> {
  while (!ending.signal.aborted) await settle(source.next().value, { system, history });
}

// The process of an embedded soak: actors, their store and those who ask them. Its argument is an `EmbeddedArgument`.
import { createSystem, host } from "@aether/actor";
import { persistence } from "@aether/persistence";
import { embedded } from "@aether/persistence/embedded";
import { HistoryFile, openOperations, readHistory } from "../history.ts";
import { argument, runProcess } from "../process-main.ts";
import { settle } from "../settling.ts";
import { Transfer, Wallet } from "../wallet.ts";
import { operations, seededChance } from "../workload.ts";

export interface EmbeddedArgument {
  readonly directory: string;
  readonly client: string;
  readonly historyPath: string;
  /** Of the life before, which was killed: what it left open is settled first. */
  readonly inherits: string | undefined;
  readonly wallets: number;
  readonly workers: number;
  readonly seed: number;
}

const { directory, client, historyPath, inherits, wallets, workers, seed } = argument() as EmbeddedArgument;
const history = new HistoryFile(historyPath);
const source = operations({ client, wallets, chance: seededChance(seed) });
const ending = new AbortController();

await runProcess(async () => {
  const system = await createSystem({
    name: "soak",
    actors: [Wallet, host(Transfer, { idleMs: 3_000 })],
    plugins: [persistence({ store: embedded({ directory }) })],
    log: false,
  });
  const left = inherits === undefined ? [] : openOperations(readHistory(inherits));
  const settled = left
    .filter(({ kind }) => kind !== "read")
    .map((operation) => settle(operation, { system, history, isRepeat: true }));
  const worker = async (): Promise<void> => {
    await Promise.all(settled);
    while (!ending.signal.aborted) await settle(source.next().value, { system, history });
  };
  const working = Promise.all(Array.from({ length: workers }, worker));
  return async () => {
    ending.abort();
    await working;
    history.close();
    await system.stop();
  };
});

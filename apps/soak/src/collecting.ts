// After the faults: settles what killed clients left open, asks every wallet, and reads all logs from the store.
import { setTimeout as delay } from "node:timers/promises";
import { createSystem, type ActorSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { persistence } from "@aether/persistence";
import type { EventStore } from "@aether/persistence";
import { jetStream } from "@aether/persistence/jetstream";
import type { LoggedCommit, LoggedEvent, LoggedWallet } from "./checking/record.ts";
import { HistoryFile, machineNow, openOperations, readHistory } from "./history.ts";
import { settle } from "./settling.ts";
import { leaseMs, type Stage } from "./stage.ts";
import { Wallet, type WalletState } from "./wallet.ts";

const liveWithinMs = 30_000;
/** Of timers of wallets. */
const timersMs = 2_500;

export async function collect(stage: Stage, historyPath: string): Promise<LoggedWallet[]> {
  const servers = [...stage.urls];
  await using system = await createSystem({
    name: "soak",
    plugins: [cluster({ servers, node: "controller", leaseMs, replicas: stage.servers.length })],
    log: false,
  });
  await settleAll(system, stage, historyPath);
  await delay(timersMs);
  const stores = await jetStream({ servers, replicas: stage.servers.length }).open({
    systemName: "soak",
    warn: () => undefined,
  });
  try {
    return await readWallets(system, stores.events);
  } finally {
    await stores.events.close();
    await stores.snapshots.close();
    await stores.close?.();
  }
}

async function settleAll(system: ActorSystem, stage: Stage, historyPath: string): Promise<void> {
  const entries = stage.historyPaths.flatMap((path) => readHistory(path)).toSorted((a, b) => a.at - b.at);
  const history = new HistoryFile(historyPath);
  stage.historyPaths.push(historyPath);
  const open = openOperations(entries).filter(({ kind }) => kind !== "read");
  const settling = { system, history, isRepeat: true, untilMs: machineNow() + liveWithinMs };
  await Promise.all(open.map((operation) => settle(operation, settling)));
  history.close();
}

async function readWallets(system: ActorSystem, events: EventStore): Promise<LoggedWallet[]> {
  const wallets: LoggedWallet[] = [];
  for await (const page of events.list()) {
    const ids = page.filter(({ type }) => type === Wallet.type).map(({ id }) => id);
    wallets.push(...(await Promise.all(ids.map((id) => readWallet(system, events, id)))));
  }
  return wallets;
}

async function readWallet(system: ActorSystem, events: EventStore, wallet: string): Promise<LoggedWallet> {
  const ask = system.ref(Wallet, wallet).with({ timeoutMs: liveWithinMs }).ask;
  const asked = await ask.look().catch((): WalletState | undefined => undefined);
  const past = system.use(persistence).history(Wallet, wallet).captureState();
  const captured = await past.then(({ state }) => state).catch((): WalletState | undefined => undefined);
  const actor = { type: Wallet.type, id: wallet };
  const head = await events.head(actor);
  const commits: LoggedCommit[] = [];
  for await (const page of events.read(actor, { after: 0, upTo: head?.token ?? 0 })) {
    for (const { token, bytes } of page) commits.push(toCommit(token, bytes));
  }
  return { wallet, commits, asked, captured };
}

/** Commits are JSON for anybody to read. */
function toCommit(token: number, bytes: Uint8Array): LoggedCommit {
  const { id, after, node, epoch, firstVersion, events } = JSON.parse(Buffer.from(bytes).toString()) as StoredCommit;
  const logged = events.map(({ event }, i): LoggedEvent => ({
    version: firstVersion + i,
    op: event.op,
    amount: event.amount,
  }));
  return { id, token, after, node, epoch, events: logged };
}

interface StoredCommit {
  readonly id: string;
  readonly after: number;
  readonly node: string;
  readonly epoch: number;
  readonly firstVersion: number;
  readonly events: readonly { readonly event: { readonly op: string; readonly amount: number } }[];
}

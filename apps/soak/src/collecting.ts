// After the faults: settles what killed clients left open, asks every wallet, and reads all logs from the store.
import { setTimeout as delay } from "node:timers/promises";
import type { ActorSystem } from "@aether/actor";
import { persistence } from "@aether/persistence";
import type { EventStore } from "@aether/persistence";
import type { LoggedCommit, LoggedEvent, LoggedWallet } from "./checking/record.ts";
import { HistoryFile, machineNow, type Operation, readHistory } from "./history.ts";
import { settle } from "./settling.ts";
import { Wallet, type WalletState } from "./wallet.ts";

const liveWithinMs = 30_000;
/** Of timers of wallets. */
const timersMs = 2_500;

export interface Collecting {
  readonly system: ActorSystem;
  readonly events: EventStore;
  /** Of all clients, in the order of their starts; what is settled now is added. */
  readonly historyPaths: string[];
  readonly historyPath: string;
  /** Between settling and reading. */
  readonly whenSettled: () => Promise<void>;
}

export async function collect(collecting: Collecting): Promise<LoggedWallet[]> {
  await settleAll(collecting);
  await delay(timersMs);
  await collecting.whenSettled();
  const { system, events } = collecting;
  const wallets: LoggedWallet[] = [];
  for await (const page of events.list()) {
    const ids = page.filter(({ type }) => type === Wallet.type).map(({ id }) => id);
    wallets.push(...(await Promise.all(ids.map((id) => readWallet(system, events, id)))));
  }
  return wallets;
}

async function settleAll({ system, historyPaths, historyPath }: Collecting): Promise<void> {
  const left = new Map<string, Operation>();
  for (const path of historyPaths) {
    for (const entry of readHistory(path)) {
      // An operation's later lives are in later files.
      if (entry.type === "invoke") left.set(entry.operation.op, entry.operation);
      else if (entry.type !== "unknown") left.delete(entry.op);
    }
  }
  const history = new HistoryFile(historyPath);
  historyPaths.push(historyPath);
  const open = [...left.values()].filter(({ kind }) => kind !== "read");
  const settling = { system, history, isRepeat: true, untilMs: machineNow() + liveWithinMs };
  await Promise.all(open.map((operation) => settle(operation, settling)));
  history.close();
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

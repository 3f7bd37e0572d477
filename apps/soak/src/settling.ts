// Asks until it is certain what became of an operation, with the same command id each time.
import { setTimeout as delay } from "node:timers/promises";
import { type ActorSystem, AetherError, isRejection } from "@aether/actor";
import { type Entry, type HistoryFile, machineNow, type Operation } from "./history.ts";
import { Transfer, Wallet, type WalletState } from "./wallet.ts";

const timeoutMs = 4_000;
const pauseMs = 100;

/** Refused before anything began: certain as long as no earlier try may still be under way. */
const definite: ReadonlySet<string> = new Set(["ACTOR_MAILBOX_FULL", "CLUSTER_OVERLOADED"]);

export interface Settling {
  readonly system: ActorSystem;
  readonly history: HistoryFile;
  /** An earlier process has asked for it already. */
  readonly isRepeat?: boolean;
  /** When it is given up, by `machineNow`. @default never */
  readonly untilMs?: number;
}

export async function settle(operation: Operation, settling: Settling): Promise<void> {
  const { system, history, isRepeat = false, untilMs = Number.POSITIVE_INFINITY } = settling;
  history.write({ type: "invoke", at: machineNow(), operation });
  for (let isFirst = !isRepeat; ; isFirst = false) {
    const entry = await attempt(system, operation, isFirst);
    history.write(entry);
    if (entry.type !== "unknown" || operation.kind === "read" || machineNow() >= untilMs) return;
    await delay(pauseMs);
  }
}

async function attempt(system: ActorSystem, operation: Operation, isFirst: boolean): Promise<Entry> {
  const { op } = operation;
  try {
    const answer = await ask(system, operation);
    const seen = answer === undefined ? {} : { n: answer.n, sum: answer.sum };
    return { type: "ok", at: machineNow(), op, ...seen };
  } catch (error) {
    const code = error instanceof AetherError ? error.code : isRejection(error) ? error.code : String(error);
    const isCertain = isRejection(error) || (isFirst && definite.has(code));
    return { type: isCertain ? "fail" : "unknown", at: machineNow(), op, code };
  }
}

async function ask(system: ActorSystem, operation: Operation): Promise<WalletState | undefined> {
  const wallet = system.ref(Wallet, operation.wallet).with({ timeoutMs, commandId: operation.op });
  switch (operation.kind) {
    case "add":
      return wallet.ask.add(operation.op, operation.amount);
    case "read":
      return system.ref(Wallet, operation.wallet).with({ timeoutMs }).ask.look();
    case "timer":
      await wallet.ask.later(operation.op, operation.delayMs);
      return undefined;
    case "transfer": {
      const transfer = system.ref(Transfer, operation.op).with({ timeoutMs, commandId: operation.op });
      await transfer.ask.move(operation.wallet, operation.to, operation.amount);
      return undefined;
    }
  }
}

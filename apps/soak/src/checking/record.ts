// All that a run left behind, put together for the checks.
import type { Entry, Operation } from "../history.ts";
import type { Told } from "../told.ts";

/** One operation over all processes that asked for it. */
export interface Asked {
  readonly operation: Operation;
  /** First and last moment: an operation without an answer has no last one. */
  readonly from: number;
  readonly to: number;
  readonly outcome: "ok" | "fail" | "unknown";
  /** Of one that was refused. */
  readonly refusal?: string;
  /** The wallet as the answer says. */
  readonly n: number | undefined;
  readonly sum: number | undefined;
  /** Why it was unknown for a while, if it was: the first error's code. */
  readonly doubt: string | undefined;
}

/** One event as the store has it. */
export interface LoggedEvent {
  readonly version: number;
  readonly op: string;
  readonly amount: number;
}

/** One commit as the store has it. */
export interface LoggedCommit {
  readonly id: string;
  readonly token: number;
  /** The token that it says it follows. */
  readonly after: number;
  readonly node: string;
  readonly epoch: number;
  readonly events: readonly LoggedEvent[];
}

export interface LoggedWallet {
  readonly wallet: string;
  readonly commits: readonly LoggedCommit[];
  /** By an ask, after all is healed; `undefined` when it did not answer in time. */
  readonly asked: { readonly n: number; readonly sum: number } | undefined;
  /** From the store, by the newest snapshot and what follows; `undefined` when it cannot be read. */
  readonly captured: { readonly n: number; readonly sum: number } | undefined;
}

/** What one replica of a stream holds. */
export interface Replica {
  readonly stream: string;
  readonly server: string;
  readonly messages: number;
  /** Of all messages, with their subjects and sequences; or why it could not be read. */
  readonly digest: string;
}

export interface Run {
  readonly asked: ReadonlyMap<string, Asked>;
  readonly wallets: readonly LoggedWallet[];
  readonly leaseMs: number;
  /** What the subscriber was told, life by life; `undefined` where there was none. */
  readonly told?: readonly Iterable<Told>[];
  /** Of all replicated streams. */
  readonly replicas?: readonly Replica[];
}

/** @param histories an operation's earlier ones first */
export function merge(histories: Iterable<Iterable<Entry>>): Map<string, Asked> {
  const asked = new Map<string, Asked>();
  for (const history of histories) for (const entry of history) add(asked, entry);
  return asked;
}

function add(asked: Map<string, Asked>, entry: Entry): void {
  if (entry.type === "invoke") {
    const { operation, at } = entry;
    const fresh = { operation, from: at, to: Number.POSITIVE_INFINITY, outcome: "unknown", doubt: undefined } as const;
    if (!asked.has(operation.op)) asked.set(operation.op, { ...fresh, n: undefined, sum: undefined });
    return;
  }
  const known = asked.get(entry.op);
  if (known === undefined || known.outcome !== "unknown") return;
  if (entry.type === "unknown") asked.set(entry.op, { ...known, doubt: known.doubt ?? entry.code });
  else if (entry.type === "fail") asked.set(entry.op, { ...known, to: entry.at, outcome: "fail", refusal: entry.code });
  else asked.set(entry.op, { ...known, to: entry.at, outcome: "ok", n: entry.n, sum: entry.sum });
}

export function eventsOf({ commits }: LoggedWallet): readonly LoggedEvent[] {
  return commits.flatMap(({ events }) => events);
}

/** What an event should be: of which operation, at which wallet, of what amount. */
export interface Part {
  readonly asked: Asked;
  readonly wallet: string;
  readonly amount: number;
}

/** @returns `undefined` for an event that nobody asked for */
export function partOf(op: string, all: Run["asked"]): Part | undefined {
  const [name = "", part] = op.split("/");
  const asked = all.get(name);
  if (asked === undefined) return undefined;
  const { operation } = asked;
  if (operation.kind === "transfer") {
    const { wallet, to, amount } = operation;
    if (part === "out") return { asked, wallet, amount: -amount };
    return part === "in" ? { asked, wallet: to, amount } : undefined;
  }
  if (part !== undefined || operation.kind === "read") return undefined;
  return { asked, wallet: operation.wallet, amount: operation.kind === "add" ? operation.amount : 0 };
}

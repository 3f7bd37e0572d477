// All that a run left behind, put together for the checks.
import type { Entry, Operation } from "../history.ts";

/** One operation over all processes that asked for it. */
export interface Asked {
  readonly operation: Operation;
  /** First and last moment: an operation without an answer has no last one. */
  readonly from: number;
  readonly to: number;
  readonly outcome: "ok" | "fail" | "unknown";
  /** The wallet as the answer says. */
  readonly n: number | undefined;
  readonly sum: number | undefined;
  /** Whether it was unknown for a while. */
  readonly wasUnknown: boolean;
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

export interface Run {
  readonly asked: ReadonlyMap<string, Asked>;
  readonly wallets: readonly LoggedWallet[];
  readonly leaseMs: number;
}

export function merge(histories: readonly (readonly Entry[])[]): Map<string, Asked> {
  const asked = new Map<string, Asked>();
  for (const entry of histories.flat().toSorted((a, b) => a.at - b.at)) add(asked, entry);
  return asked;
}

function add(asked: Map<string, Asked>, entry: Entry): void {
  if (entry.type === "invoke") {
    const { operation, at } = entry;
    const fresh = { operation, from: at, to: Number.POSITIVE_INFINITY, outcome: "unknown", wasUnknown: false } as const;
    if (!asked.has(operation.op)) asked.set(operation.op, { ...fresh, n: undefined, sum: undefined });
    return;
  }
  const known = asked.get(entry.op);
  if (known === undefined || known.outcome !== "unknown") return;
  if (entry.type === "unknown") asked.set(entry.op, { ...known, wasUnknown: true });
  else if (entry.type === "fail") asked.set(entry.op, { ...known, to: entry.at, outcome: "fail" });
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

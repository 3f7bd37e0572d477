// What callers sent and what they were told, in the order in which it happened. Nothing is ever taken back.
import type { AccountState } from "./account.ts";

export type OpKind = "add" | "addTwice" | "later" | "transfer" | "overdraw" | "read" | "tell";

/** What somebody wants done. */
export interface Wish {
  /** Unique in a run; the command id, where the caller chooses one. */
  readonly id: string;
  readonly kind: OpKind;
  readonly actor: string;
  readonly to: string;
  readonly amount: number;
  /** Whether the caller chooses the command's id, and so can repeat it. */
  readonly hasId: boolean;
}

export type Result =
  | { readonly type: "ok"; readonly state: AccountState }
  | { readonly type: "rejected" }
  /** Certainly not done. */
  | { readonly type: "failed"; readonly code: string }
  | { readonly type: "unknown"; readonly code: string };

/** One command and what became of it. */
export interface Op extends Wish {
  readonly by: string;
  readonly sentAt: number;
  /** When the caller was told; undefined for who was never told. */
  toldAt: number | undefined;
  result: Result | undefined;
  /** The answer to a repeat after all faults were over. */
  settled: Result | undefined;
}

/** What a code says about whether the command was done. */
const definite: ReadonlySet<string> = new Set([
  "ACTOR_MAILBOX_FULL",
  "CLUSTER_OVERLOADED",
  "ACTOR_UNKNOWN_COMMAND",
  "ACTOR_INVALID_ARGUMENTS",
  "PERSISTENCE_COMMIT_REJECTED",
]);

export function resultOf(error: unknown): Result {
  const { code = String(error), name } = error as { readonly code?: string; readonly name?: string };
  if (code === "insufficient-funds") return { type: "rejected" };
  const what = code === undefined ? String(name) : code;
  return definite.has(what) ? { type: "failed", code: what } : { type: "unknown", code: what };
}

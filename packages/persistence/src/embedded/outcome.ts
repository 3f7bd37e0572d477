// What the worker's answer to an append says in the words of the contract.
import type { AppendOutcome } from "../contracts/event-store.ts";
import { rejected, type Reply } from "./replies.ts";

export function outcomeOf({ number, reason = "no reason given" }: Reply): AppendOutcome {
  if (number > 0) return { type: "committed", token: number };
  return number === rejected ? { type: "rejected", reason } : { type: "conflict" };
}

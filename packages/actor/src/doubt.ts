// A caller's time is up. Whether the store was given what its command changed, and has not said what became of it: only the
// actor's node can tell, and only of asks that were made on it.
import type { Cell } from "./cell.ts";
import type { Envelope } from "./envelope.ts";
import { splitAt } from "./turn.ts";

/** `undefined`: nothing of it was handed to the store, or the store has answered. */
export function doubtAbout(ask: Envelope): Error | undefined {
  const cell = ask.place?.resident as Cell | undefined;
  if (cell?.durable?.doubt === undefined || cell.isGone) return undefined;
  const version = isOpen(cell, ask) ? splitAt(cell) : cell.gate?.changedBy(ask);
  return version === undefined ? undefined : cell.durable.doubt(ask, version);
}

function isOpen({ envelope }: Cell, ask: Envelope): boolean {
  return envelope !== undefined && (envelope === ask || envelope.reply === ask.reply);
}

// Before the actors of a system leave, they handle what it had accepted. What they tell each other meanwhile is handled too,
// as long as that comes to an end: an actor that keeps telling itself does not hold up the others.
import type { Cell } from "./cell.ts";
import { InnerTurn } from "./envelope.ts";
import { gone } from "./leaving.ts";

/** How often a message may give rise to the next one. */
const maxRounds = 100;

/** @param cells the actors that there are by now @param isLate whether to leave it at that */
export async function drain(cells: () => readonly Cell[], isLate: () => boolean): Promise<void> {
  for (let round = 0; round < maxRounds && !isLate(); round++) {
    const busy = cells().filter(isBusy);
    if (busy.length === 0) return;
    await Promise.all(busy.map(handled));
  }
}

/** Nobody waits for an actor that waits to be restarted. */
function isBusy({ agenda, waiting, ties }: Cell): boolean {
  if (ties?.endBackoff !== undefined) return false;
  return agenda === undefined ? waiting > 0 : !agenda.isDone;
}

/** Settles behind all that waits now, or when the actor is gone. */
function handled(cell: Cell): Promise<void> {
  const behind = new Promise<void>((resolve) => cell.enqueueLast(new InnerTurn(cell.address, 0, "drain", resolve)));
  return Promise.race([behind, gone(cell)]);
}

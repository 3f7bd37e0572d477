// Restart: earlier turns are stored, children end, the object is dropped and made anew. The mailbox keeps what it holds.
import { activate } from "./activation.ts";
import type { Cell } from "./cell.ts";
import { stopChildren } from "./children.ts";
import { closeIncarnation, finishLeaving, stopHook } from "./leaving.ts";

/** @param delayMs how long the fresh object waits: the backoff */
export function restart(cell: Cell, delayMs = 0): void {
  if (cell.state !== "restarting") cell.step("restart");
  const { durable, incarnation } = cell;
  const again = (): void => {
    if (cell.is(incarnation) && cell.state === "restarting") renew(cell, delayMs);
  };
  const isAlone = durable === undefined && !cell.hasChildren && cell.actor?.onStop === undefined;
  if (isAlone) cell.kernel.scheduler.microtask(again);
  else void endInOrder(cell).then(again);
}

async function endInOrder(cell: Cell): Promise<void> {
  const { durable } = cell;
  durable?.passEnded();
  await durable?.flush();
  await stopChildren(cell);
  await stopHook(cell);
}

/** The gate stays with the cell: what it still holds is durable and waits for the node's permit alone. */
function renew(cell: Cell, delayMs: number): void {
  closeIncarnation(cell);
  if (cell.leaving !== undefined) return finishLeaving(cell);
  if (delayMs <= 0) return activate(cell);
  const { incarnation } = cell;
  const ties = cell.ownTies();
  const cancel = cell.kernel.scheduler.after(delayMs, () => {
    ties.endBackoff = undefined;
    if (cell.is(incarnation) && cell.state === "restarting") activate(cell);
  });
  ties.cancelBackoff = cancel;
  ties.endBackoff = () => {
    cancel();
    ties.endBackoff = undefined;
    finishLeaving(cell);
  };
}

/** What was stored is loaded again: at once, unless something has to end before. */
export function reload(cell: Cell): void {
  const { actor, incarnation } = cell;
  closeIncarnation(cell);
  const isAlone = actor?.onStop === undefined && !cell.hasChildren;
  if (isAlone) return activate(cell);
  const again = (): void => {
    if (cell.is(incarnation) && cell.state === "restarting") activate(cell);
  };
  void stopChildren(cell)
    .then(() => stopHook(cell, actor))
    .then(again);
}

// The ways out of running: restart (forget the object, load it again), passivation (in order, nothing lost), and being
// abandoned (another writer took over: nothing that was held back may leave).
import { failActivation, startCommand } from "./activation.ts";
import type { Cell } from "./cell.ts";
import { type Envelope, isAsk } from "./envelope.ts";
import { Undelivered, type UndeliveredReason } from "./errors.ts";
import type { Output } from "./gate.ts";
import { deadLetter, refuse, returnToSender } from "./kernel.ts";

/** Earlier turns are stored first, then the object is made anew; the mailbox keeps what it holds. */
export function restart(cell: Cell): void {
  cell.step("restart");
  const { durable, incarnation } = cell;
  const again = (): void => {
    if (cell.is(incarnation) && cell.state === "restarting") reload(cell);
  };
  if (durable === undefined) cell.kernel.scheduler.microtask(again);
  else {
    durable.passEnded();
    void durable.flush().then(again);
  }
}

/** The gate stays with the cell: what it still holds is durable and waits for the node's permit alone. */
function reload(cell: Cell): void {
  closeIncarnation(cell);
  cell.activate();
}

function closeIncarnation(cell: Cell): void {
  cell.durable?.close();
  cell.durable = undefined;
  cell.actor = undefined;
  cell.envelope = undefined;
  cell.tells = undefined;
  cell.isPaused = false;
}

/** A commit was refused: its turns get the error, the turns on top of them run again on the state that is stored. */
export function rollBack(cell: Cell, version: number, error: Error): void {
  const refused: Envelope[] = [];
  const again: Envelope[] = [];
  for (const output of cell.gate?.takeUnstored() ?? []) {
    if (output.turn === "changed" && output.version <= version) refused.push(output.cause);
    else if (output.turn !== "open") again.push(output.cause);
  }
  // An open turn that was split has its first part in the refused commit: run again, it would be refused for ever.
  if (cell.envelope !== undefined) (cell.openedAt < version ? refused : again).push(cell.envelope);
  for (const envelope of refused.filter(isMessage)) refuse(cell.kernel, envelope, error);
  cell.mailbox.putBack(again.filter(isMessage));
  if (cell.state !== "restarting") cell.step("restart");
  if (refused.every(isMessage)) reload(cell);
  else failActivation(cell, error);
}

/** `onStart` is a turn without a message: each incarnation has its own. */
function isMessage(envelope: Envelope): boolean {
  return envelope.command !== startCommand;
}

/** Why an actor stops at once, and whether it is proven that what it has not stored will never be. */
export interface Abandonment {
  readonly reason: UndeliveredReason;
  readonly isProven: boolean;
}

/** Stops at once. What was held back never leaves; the commands go back to those who sent them. */
export function abandon(cell: Cell, { reason, isProven }: Abandonment): void {
  if (cell.state === "stopped" || cell.state === "failed") return;
  const outputs = cell.gate?.drain() ?? [];
  const isHeld = (output: Output): boolean => mayRunAgain(cell, output, isProven);
  const held = outputs.filter(isHeld).map((output) => output.cause);
  for (const output of outputs) if (!isHeld(output)) forget(cell, output);
  if (cell.envelope !== undefined && isMessage(cell.envelope)) held.push(cell.envelope);
  cell.step("fence");
  closeIncarnation(cell);
  cell.hosted.cells.delete(cell.address.id);
  const why = new Undelivered(cell.address.toString(), reason);
  for (const envelope of [...held, ...cell.mailbox.drain()]) returnToSender(cell.kernel, envelope, why);
  cell.onGone?.();
}

/** A second run is harmless if the first left nothing behind, or is recognised by its id. */
function mayRunAgain(cell: Cell, { turn, cause, version }: Output, isProven: boolean): boolean {
  if (turn === "open" || !isMessage(cause)) return false;
  if (turn === "unchanged" || cause.commandId !== undefined) return true;
  return isProven && version > (cell.gate?.durable ?? 0);
}

/** A tell that may be stored is not sent again. One that is stored has nobody to tell. */
function forget(cell: Cell, { turn, cause, version }: Output): void {
  if (turn === "open" || isAsk(cause) || version <= (cell.gate?.durable ?? 0)) return;
  deadLetter(cell.kernel, cause, "its node gave the actor up before it knew whether this was stored");
}

/** Leaves memory once its turn has ended and all is stored; what waits in the mailbox goes to the next incarnation. */
export function passivate(cell: Cell): Promise<void> {
  return new Promise((resolve) => {
    const before = cell.onGone;
    cell.onGone = () => {
      before?.();
      resolve();
    };
    if (cell.isLeaving) return;
    cell.isLeaving = true;
    if (cell.state === "running" && cell.envelope === undefined) finishLeaving(cell);
  });
}

export function finishLeaving(cell: Cell): void {
  if (cell.state !== "running") return;
  cell.step("passivate");
  const { durable, incarnation } = cell;
  const leave = (): void => {
    if (cell.is(incarnation) && cell.state === "passivating") leaveMemory(cell);
  };
  const emptied = (): void => (cell.gate === undefined ? leave() : cell.gate.whenEmpty(leave));
  if (durable === undefined) return emptied();
  durable.passEnded();
  void durable.flush().then(emptied);
}

function leaveMemory(cell: Cell): void {
  cell.step("left");
  closeIncarnation(cell);
  cell.hosted.cells.delete(cell.address.id);
  cell.kernel.events.publish({ type: "actor-passivated", address: cell.address.toString() });
  const why = new Undelivered(cell.address.toString(), "leaving");
  for (const envelope of cell.mailbox.drain()) returnToSender(cell.kernel, envelope, why);
  cell.onGone?.();
}

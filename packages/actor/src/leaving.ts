// The ways out of running: restart (forget the object, load it again), passivation (in order, nothing lost), and being
// abandoned (another writer took over: nothing that was held back may leave).
import type { Cell } from "./cell.ts";
import type { Envelope } from "./envelope.ts";
import { Undelivered, type UndeliveredReason } from "./errors.ts";
import { refuse, returnToSender } from "./kernel.ts";

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
  const again: Envelope[] = [];
  for (const output of cell.gate?.drain() ?? []) {
    if (output.turn === "changed" && output.version <= version) refuse(cell.kernel, output.cause, error);
    else if (output.turn !== "open") again.push(output.cause);
  }
  if (cell.envelope !== undefined) again.push(cell.envelope);
  cell.mailbox.putBack(again);
  if (cell.state !== "restarting") cell.step("restart");
  reload(cell);
}

/** Stops at once. What was held back never leaves; the commands go back to those who sent them. */
export function abandon(cell: Cell, reason: UndeliveredReason): void {
  if (cell.state === "stopped" || cell.state === "failed") return;
  const held = (cell.gate?.drain() ?? []).filter((output) => output.turn !== "open").map((output) => output.cause);
  if (cell.envelope !== undefined) held.push(cell.envelope);
  cell.step("fence");
  closeIncarnation(cell);
  cell.hosted.cells.delete(cell.address.id);
  const why = new Undelivered(cell.address.toString(), reason);
  for (const envelope of [...held, ...cell.mailbox.drain()]) returnToSender(cell.kernel, envelope, why);
  cell.onGone?.();
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

// A commit was refused: its turns get the error, the turns on top of them run again on the state that is stored.
import { failActivation, isStart } from "./activation.ts";
import type { Cell } from "./cell.ts";
import { type Envelope, isMessage } from "./envelope.ts";
import { refuse } from "./kernel.ts";
import { reload } from "./restarting.ts";

export function rollBack(cell: Cell, version: number, error: Error): void {
  const refused: Envelope[] = [];
  const again: Envelope[] = [];
  for (const output of cell.gate?.takeUnstored() ?? []) {
    if (output.turn === "open") continue;
    (output.turn !== "unchanged" && output.version <= version ? refused : again).push(output.cause);
  }
  // An open turn that was split has its first part in the refused commit: run again, it would be refused for ever.
  const { agenda } = cell;
  if (agenda?.envelope !== undefined) (agenda.openedAt < version ? refused : again).push(agenda.envelope);
  for (const envelope of refused) tell(cell, envelope, error);
  cell.ownAgenda().putBack(again.filter(isMessage));
  if (cell.state !== "restarting") cell.step("restart");
  if (refused.some(isStart)) failActivation(cell, error);
  else reload(cell);
}

function tell(cell: Cell, envelope: Envelope, error: Error): void {
  if (isMessage(envelope)) return refuse(cell.kernel, envelope, error);
  if (isStart(envelope)) return;
  const { command } = envelope;
  const verdict = { directive: "restart", delayMs: 0 } as const;
  cell.kernel.events.publish({ type: "actor-failed", address: cell.address.toString(), command, error, ...verdict });
}

// What an actor keeps between its messages: an idle one has no agenda, one that has its next message in a moment keeps it.
import { Agenda } from "./agenda.ts";
import type { Cell } from "./cell.ts";
import type { Envelope } from "./envelope.ts";
import { noteBusy } from "./sweeping.ts";

/** There is no agenda yet. */
export function enqueueFirst(cell: Cell, envelope: Envelope): void {
  if (cell.incarnation === 0 && cell.only === undefined) cell.only = envelope;
  else makeAgenda(cell).push(envelope);
  if (cell.canReceive()) cell.schedule();
}

/** From now on what waits does so in the agenda. */
export function takeUp(cell: Cell): void {
  if (cell.only !== undefined) makeAgenda(cell);
}

/** With the message that waited without one. */
export function makeAgenda(cell: Cell): Agenda {
  const agenda = new Agenda(cell.options.mailboxCapacity);
  if (cell.only !== undefined) agenda.push(cell.only);
  cell.only = undefined;
  return (cell.agenda = agenda);
}

/** When all that is ready now was done: it may have its next message by then. */
export function restLater(cell: Cell): void {
  const { agenda } = cell;
  if (agenda === undefined || agenda.isResting === true) return;
  beginRest(cell, agenda);
}

function beginRest(cell: Cell, agenda: Agenda): void {
  agenda.isResting = true;
  noteRest(cell);
  cell.kernel.dispatcher.restLater(cell);
}

/** After its first pass: most are sent no more for a while. */
export function restAtOnce(cell: Cell): void {
  if (cell.agenda !== undefined) noteRest(cell);
  rest(cell);
}

function noteRest(cell: Cell): void {
  if (cell.hosted.isLimited && cell.parent === undefined) noteBusy(cell);
}

/** Without its agenda, unless there is something to do. */
export function rest(cell: Cell): void {
  const { agenda, hosted } = cell;
  if (agenda === undefined) return;
  if (agenda.taken > 0) cell.round = hosted.round;
  if (agenda.isDone) cell.agenda = undefined;
  else agenda.isResting = false;
}

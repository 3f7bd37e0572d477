// Who leaves memory unasked: actors that were sent nothing for long, and, where a type has a limit, the one that was busy
// longest ago. Looks are counted, not timed, so that a message costs no clock.
import type { Cell } from "./cell.ts";
import type { HostedType } from "./hosted-type.ts";

/** Looks per idle time: an actor leaves after `idleMs`, at most a quarter of it later. */
const looksPerIdle = 4;
const cellsPerStretch = 10_000;

/** Looks for idle actors from now on. @returns how to end that */
export function sweep(hosted: HostedType): () => void {
  const { scheduler } = hosted.kernel;
  let isOver = false;
  const look = (cells: Iterator<Cell>): void => {
    for (let seen = 0; seen < cellsPerStretch; seen++) {
      const next = cells.next();
      if (next.done === true || isOver) return;
      if (hosted.round - next.value.round > looksPerIdle && isIdle(next.value)) sendAway(next.value);
    }
    scheduler.yield(() => look(cells));
  };
  const cancel = scheduler.every(hosted.options.idleMs / looksPerIdle, () => {
    hosted.round++;
    look(hosted.cells.values());
  });
  return () => {
    isOver = true;
    cancel();
  };
}

function isIdle({ state, agenda, ties, leaving }: Cell): boolean {
  if (state !== "running" || leaving !== undefined) return false;
  return agenda?.isDone !== false && (ties === undefined || (!ties.isKept && (ties.works?.size ?? 0) === 0));
}

/** Actors that cannot leave now, past which one look for room does not go. */
const maxPassedBy = 64;

/** Asks the actors that were busy longest ago to leave, until there is room for one more. */
export function makeRoom(hosted: HostedType): void {
  sendAwayOldest(hosted, surplusOf(hosted) + 1);
}

function surplusOf({ cells, departing, options }: HostedType): number {
  return cells.size - departing - options.maxResident;
}

/**
 * One that cannot leave now goes to the end of the line, being busy: so nobody is passed by again and again, and making
 * room costs as much for a million busy actors as for a few.
 */
function sendAwayOldest({ cells }: HostedType, surplus: number): void {
  let left = surplus;
  let mayPassBy = Math.min(maxPassedBy, cells.size);
  for (const cell of cells.values()) {
    if (left <= 0 || mayPassBy <= 0) return;
    moveToEnd(cell);
    if (isIdle(cell)) {
      sendAway(cell);
      left--;
    } else mayPassBy--;
  }
}

function sendAway(cell: Cell): void {
  const { hosted } = cell;
  cell.leave({ type: "passivate" });
  if (!hosted.isLimited || cell.isGone) return;
  hosted.departing++;
  (cell.ownTies().watchers ??= new Set()).add(() => void hosted.departing--);
}

/** An actor comes to rest. The map of a limited type is in the order in which its actors were busy last. */
export function noteBusy(cell: Cell): void {
  const { hosted } = cell;
  moveToEnd(cell);
  if (surplusOf(hosted) <= 0) return;
  // Once for all that come to rest together, and not in the midst of the turn that ends.
  if (hosted.rested.push(cell) === 1) hosted.kernel.scheduler.microtask(() => trim(hosted));
}

/** Those that were busy longest ago leave; where nobody of them can, those that have just come to rest do. */
function trim(hosted: HostedType): void {
  const { rested } = hosted;
  hosted.rested = [];
  sendAwayOldest(hosted, surplusOf(hosted));
  for (const cell of rested) {
    if (surplusOf(hosted) <= 0) return;
    if (isIdle(cell)) sendAway(cell);
  }
}

function moveToEnd({ hosted, address }: Cell): void {
  const { cells } = hosted;
  const cell = cells.get(address.id);
  if (cell === undefined) return;
  cells.delete(address.id);
  cells.set(address.id, cell);
}

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
      if (hosted.round - next.value.round > looksPerIdle && isIdle(next.value)) next.value.leave({ type: "passivate" });
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
  return agenda?.isDone !== false && (ties?.works?.size ?? 0) === 0;
}

/** Asks the actors that were busy longest ago to leave, until there is room for one more. */
export function makeRoom({ cells, options }: HostedType): void {
  let surplus = cells.size - options.maxResident + 1;
  for (const cell of cells.values()) {
    if (surplus <= 0) return;
    if (cell.leaving === undefined && !isIdle(cell)) continue;
    cell.leave({ type: "passivate" });
    surplus--;
  }
}

/** The map of a limited type is in the order in which its actors were busy last. */
export function noteBusy({ hosted, address }: Cell): void {
  const { cells } = hosted;
  const cell = cells.get(address.id);
  if (cell === undefined) return;
  cells.delete(address.id);
  cells.set(address.id, cell);
}

// Actors that an actor spawned: volatile, on its node, and over with the incarnation that spawned them.
import type { Actor } from "./actor.ts";
import type { ClassInfo } from "./actor-class.ts";
import type { ActorAddress } from "./address.ts";
import type { Cell } from "./cell.ts";
import { PlainEffect } from "./effects.ts";
import { checkHostOptions, type HostOptions } from "./hosted-type.ts";
import { Offspring } from "./offspring.ts";
import { within } from "./promises.ts";

export interface SpawnOptions<A extends Actor = Actor> extends Pick<
  HostOptions<A>,
  "create" | "mailboxCapacity" | "hookTimeoutMs" | "supervision"
> {
  /** Unique among the living children of one actor. @default a number */
  readonly name?: string;
}

const optionNames: readonly string[] = [
  "name",
  "create",
  "mailboxCapacity",
  "hookTimeoutMs",
  "supervision",
] satisfies (keyof SpawnOptions)[];

/** The cell has an open turn, at whose end the child starts. @throws TypeError, InvalidActorId (`ACTOR_INVALID_ID`) */
export function spawn<A extends Actor>(
  parent: Cell,
  { actorClass, isVolatile }: ClassInfo,
  options: SpawnOptions<A> | undefined,
): Cell {
  if (options !== undefined) checkHostOptions("spawn", options, optionNames);
  if (!isVolatile) {
    throw new TypeError(`spawn makes volatile actors; ${actorClass.name} is durable: use ctx.ref.`);
  }
  const children = (parent.ownTies().children ??= new Offspring());
  const child = parent.kernel.local.createChild(parent, children.nameFor(options?.name), actorClass, options);
  children.add(child, options?.name);
  parent.ownAgenda().add(child);
  return child;
}

/** Ends a child, or the actor itself. @throws TypeError for anybody else */
export function stopChild(cell: Cell, address: ActorAddress): PlainEffect {
  if (address === cell.address) return new Stop(cell);
  const child = address.resident as Cell | undefined;
  if (child?.parent === cell) return new Stop(child);
  throw new TypeError(
    `${address.toString()} is no child of ${cell.address.toString()}; an actor stops itself and its children.`,
  );
}

class Stop extends PlainEffect {
  readonly #cell: Cell;

  constructor(cell: Cell) {
    super();
    this.#cell = cell;
  }

  occur(): void {
    const cell = this.#cell;
    if (cell.parent === undefined) return cell.leave({ type: "passivate" });
    cell.leave({ type: "stop", why: "it was told to" });
    if (!cell.isGone) void endInTime(cell);
  }
}

/** The youngest first, each with its own children before itself. */
export async function stopChildren(cell: Cell): Promise<void> {
  for (const child of cell.ties?.children?.list() ?? []) {
    child.leave({ type: "stop", why: "its parent ended" });
    if (!child.isGone) await endInTime(child);
  }
}

/** One that does not end in time is given up. */
async function endInTime(child: Cell): Promise<void> {
  const { hookTimeoutMs } = child.options;
  const late = (): Error => new Error("late");
  await within(child.kernel.scheduler, hookTimeoutMs, child.gone(), late).catch(() =>
    child.abandon({ reason: "leaving", isProven: true }),
  );
}

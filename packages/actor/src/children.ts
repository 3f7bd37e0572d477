// Actors that an actor spawned: volatile, on its node, and over with the incarnation that spawned them.
import type { Actor } from "./actor.ts";
import { type ActorClass, describeClass } from "./actor-class.ts";
import { ActorAddress, residentOf, settleAt } from "./address.ts";
import type { Cell } from "./cell.ts";
import { addOutgoing, Effect } from "./effects.ts";
import { type HostOptions, refuseUnknown } from "./hosted-type.ts";
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

/** The cell has an open turn, at whose end the child starts. @throws TypeError */
export function spawn<A extends Actor>(
  parent: Cell,
  actorClass: ActorClass<A>,
  options: SpawnOptions<A> | undefined,
): ActorAddress {
  if (options !== undefined) refuseUnknown("spawn", options, optionNames);
  const { type, base } = describeClass(actorClass);
  if (base.durability !== undefined) {
    throw new TypeError(`spawn makes volatile actors; ${actorClass.name} is durable: use ctx.ref.`);
  }
  const children = (parent.ownTies().children ??= new Map());
  const id = options?.name ?? freeName(parent);
  if (children.has(id)) throw new TypeError(`${parent.address.toString()} has a child "${id}" already.`);
  const address = new ActorAddress(type, id, parent.address);
  const child = parent.kernel.local.createChild(parent, address, actorClass, options);
  children.set(id, child);
  settleAt(address, child);
  addOutgoing(parent.ownAgenda(), new Start(child));
  return address;
}

function freeName(parent: Cell): string {
  const ties = parent.ownTies();
  let name: string;
  do name = String(++ties.spawned);
  while (ties.children?.has(name));
  return name;
}

class Start extends Effect {
  readonly #child: Cell;

  constructor(child: Cell) {
    super();
    this.#child = child;
  }

  take(): void {
    this.#child.schedule();
  }

  override drop(): void {
    this.#child.abandon({ reason: "leaving", isProven: true });
  }
}

/** Ends a child, or the actor itself. @throws TypeError for anybody else */
export function stopChild(cell: Cell, address: ActorAddress): Effect {
  if (address === cell.address) return new Stop(cell);
  const child = residentOf(address) as Cell | undefined;
  if (child?.parent === cell) return new Stop(child);
  throw new TypeError(
    `${address.toString()} is no child of ${cell.address.toString()}; an actor stops itself and its children.`,
  );
}

class Stop extends Effect {
  readonly #cell: Cell;

  constructor(cell: Cell) {
    super();
    this.#cell = cell;
  }

  take(): void {
    const cell = this.#cell;
    if (cell.parent === undefined) cell.leave({ type: "passivate" });
    else cell.leave({ type: "stop", why: "it was told to" });
  }
}

/** The youngest first, each with its own children before itself; one that does not end in time is given up. */
export async function stopChildren(cell: Cell): Promise<void> {
  for (const child of [...(cell.ties?.children?.values() ?? [])].toReversed()) {
    child.leave({ type: "stop", why: "its parent ended" });
    if (child.isGone) continue;
    const { hookTimeoutMs } = child.options;
    const late = (): Error => new Error("late");
    await within(cell.kernel.scheduler, hookTimeoutMs, child.gone(), late).catch(() =>
      child.abandon({ reason: "leaving", isProven: true }),
    );
  }
}

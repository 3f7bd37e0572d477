// Death watch: an actor learns that another one is gone. Here for the actors of this node; a transport brings word from
// others through the same contract (`Outbound.watch`).
import type { Actor } from "./actor.ts";
import { ActorAddress } from "./address.ts";
import type { Cell } from "./cell.ts";
import { PlainEffect } from "./effects.ts";
import { InnerTurn } from "./envelope.ts";
import { WatchUnavailable } from "./errors.ts";
import { checkFunction } from "./hosted-type.ts";
import type { Kernel } from "./kernel.ts";
import type { ActorRef } from "./ref.ts";
import type { TerminationReason } from "./ties.ts";
import { describe } from "./shown.ts";

export type Notify = (why: TerminationReason) => void;

/** The cell has an open turn, at whose end the watch begins. @returns how to end it @throws WatchUnavailable, TypeError */
export function watch(cell: Cell, ref: ActorRef<Actor>, onTerminated: (why: TerminationReason) => unknown): () => void {
  const address: unknown = (ref as ActorRef<Actor> | null | undefined)?.address;
  if (!(address instanceof ActorAddress)) throw new TypeError(`ctx.watch: ${describe(ref)} is no actor; use a ref.`);
  checkFunction("ctx.watch: onTerminated", onTerminated);
  const begin = watcherOf(cell.kernel, address);
  const effect = new Watch(cell, begin, address, onTerminated);
  cell.ownAgenda().add(effect);
  return () => effect.end();
}

type Begin = (notify: Notify) => () => void;

/** A spawned actor lives here; of any other, whoever routes messages knows where it lives. */
function watcherOf({ local, outbound }: Kernel, address: ActorAddress): Begin {
  if (address.parent !== undefined) return (notify) => local.watch(address, notify);
  if (outbound.watch === undefined) throw new WatchUnavailable(address.toString());
  return (notify) => (outbound.watch as NonNullable<typeof outbound.watch>)(address, notify);
}

class Watch extends PlainEffect {
  readonly #cell: Cell;
  readonly #incarnation: number;
  readonly #begin: Begin;
  readonly #address: ActorAddress;
  readonly #onTerminated: (why: TerminationReason) => unknown;
  #unwatch: (() => void) | undefined;
  #isOver = false;

  constructor(cell: Cell, begin: Begin, address: ActorAddress, onTerminated: (why: TerminationReason) => unknown) {
    super();
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
    this.#begin = begin;
    this.#address = address;
    this.#onTerminated = onTerminated;
  }

  occur(): void {
    if (this.#isOver || !this.#cell.is(this.#incarnation)) return;
    (this.#cell.ownTies().watching ??= new Set()).add(this.end);
    const unwatch = this.#begin((why) => this.#notify(why));
    if (this.#isOver) unwatch();
    else this.#unwatch = unwatch;
  }

  override undo(): void {
    this.#isOver = true;
  }

  readonly end = (): void => {
    this.#isOver = true;
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#cell.ties?.watching?.delete(this.end);
  };

  #notify(why: TerminationReason): void {
    if (this.#isOver) return;
    this.#unwatch = undefined;
    const tell = (): unknown => {
      if (this.#isOver) return undefined;
      this.end();
      return this.#onTerminated(why);
    };
    const what = `watch of ${this.#address.toString()}`;
    // Behind the last messages of the one that is gone.
    this.#cell.enqueueLast(new InnerTurn(this.#cell.address, this.#incarnation, what, tell));
  }
}

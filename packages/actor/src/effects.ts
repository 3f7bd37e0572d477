// What a turn does besides answering: it takes place at the turn's end, or at an ask or a split on the way, in order and
// through the gate. A turn that is thrown away has done none of it.
import type { Cell } from "./cell.ts";
import type { Envelope } from "./envelope.ts";
import { holdAtGate, isGateOpen, type Output, sizeOf } from "./gate.ts";
import { send } from "./kernel.ts";

/** A spawn, a watch, a timer, work outside; tells are envelopes, and a spawned cell is its own effect. */
export interface Effect {
  /** What tells it from an envelope, faster than `instanceof`. */
  readonly command: undefined;
  occur(): void;
  /** The turn that made it is thrown away. */
  undo(): void;
}

/** For effects that leave nothing to undo. */
export abstract class PlainEffect implements Effect {
  get command(): undefined {
    return undefined;
  }

  abstract occur(): void;

  undo(): void {}
}

export type Outgoing = Envelope | Effect;

/** What the open turn made so far, through the gate. */
export function letGo(cell: Cell, cause: Envelope): void {
  const outgoing = takeOutgoing(cell);
  if (Array.isArray(outgoing)) for (const item of outgoing) depart(cell, cause, item);
  else if (outgoing !== undefined) depart(cell, cause, outgoing);
}

export function dropOutgoing(cell: Cell): void {
  const outgoing = takeOutgoing(cell);
  if (outgoing === undefined) return;
  for (const item of Array.isArray(outgoing) ? outgoing : [outgoing]) if (item.command === undefined) item.undo();
}

function takeOutgoing({ agenda }: Cell): Outgoing | Outgoing[] | undefined {
  if (agenda === undefined) return undefined;
  const { told, outgoing } = agenda;
  agenda.told = undefined;
  agenda.outgoing = undefined;
  return told ?? outgoing;
}

/** At the version that the turn has seen. */
export function depart(cell: Cell, cause: Envelope, item: Outgoing): void {
  if (cell.hosted.isPlain === true) return take(cell, item);
  const version = cell.durable === undefined ? 0 : cell.durable.version;
  if (isGateOpen(cell, version)) take(cell, item);
  else holdAtGate(cell, new Departure(cell, version, cause, item));
}

/** It leaves the actor. */
export function take(cell: Cell, item: Outgoing): void {
  if (item.command === undefined) item.occur();
  else send(cell.kernel, item);
}

/** All of it leaves; no gate is in the way. */
export function takeAll(cell: Cell): void {
  const outgoing = takeOutgoing(cell);
  if (Array.isArray(outgoing)) for (const item of outgoing) take(cell, item);
  else if (outgoing !== undefined) take(cell, outgoing);
}

class Departure implements Output {
  readonly version: number;
  readonly cause: Envelope;
  readonly turn = "open";
  readonly bytes: number;
  readonly #cell: Cell;
  readonly #item: Outgoing;

  constructor(cell: Cell, version: number, cause: Envelope, item: Outgoing) {
    this.#cell = cell;
    this.version = version;
    this.cause = cause;
    this.bytes = item.command === undefined ? 0 : sizeOf(item.args);
    this.#item = item;
  }

  leave(): void {
    take(this.#cell, this.#item);
  }
}

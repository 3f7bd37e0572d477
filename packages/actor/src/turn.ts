// The open turn of a cell, from its beginning to what it leaves at the gate.
import type { Agenda } from "./agenda.ts";
import type { Cell } from "./cell.ts";
import { dropOutgoing, letGo, takeAll } from "./effects.ts";
import type { Envelope } from "./envelope.ts";
import { asRemote } from "./errors.ts";
import { holdAtGate, isGateOpen, type Output, sizeOf } from "./gate.ts";

export type Changed = "unchanged" | "changed" | "rest";

export function openTurn(cell: Cell, agenda: Agenda, envelope: Envelope): Envelope {
  agenda.envelope = envelope;
  agenda.nestedCalls = 0;
  agenda.openedAt = cell.durable === undefined ? 0 : cell.durable.version;
  return envelope;
}

/** How the open turn would end now. */
export function changedBy(cell: Cell): Changed {
  if (isPartStored(cell)) return "rest";
  return cell.durable?.hasUnsealedChanges === true ? "changed" : "unchanged";
}

/** Whether a part of the open turn was split off and is stored: nothing else can be stored while it is open. */
export function isPartStored({ agenda, gate }: Cell): boolean {
  return agenda !== undefined && gate !== undefined && gate.durable > agenda.openedAt;
}

/** The version up to which the open turn, or the one that was just thrown away, was split off and stands. */
export function splitAt({ agenda, durable }: Cell): number | undefined {
  if (agenda === undefined || durable === undefined || durable.hasUnsealedChanges) return undefined;
  return durable.version > agenda.openedAt ? durable.version : undefined;
}

/** What to say of something that a turn alone may do. */
export function whyNoTurn(cell: Cell, incarnation: number): string {
  if (incarnation !== cell.incarnation) return "by an object that was replaced; its turn does not count.";
  if (cell.isFolding) return "while events are folded; apply, restore and snapshot only compute.";
  return "while no turn is open; await what a handler starts.";
}

export function closeTurn({ agenda }: Cell): void {
  if (agenda === undefined) return;
  agenda.envelope = undefined;
  agenda.speaker = 0;
}

/** The end of most turns: nothing has to be waited for or encoded. */
export function endPlainTurn(cell: Cell, agenda: Agenda, { reply }: Envelope, result: unknown): void {
  if (agenda.told !== undefined || agenda.outgoing !== undefined) takeAll(cell);
  agenda.envelope = undefined;
  agenda.speaker = 0;
  if (reply !== undefined) reply.succeed(result);
}

/** What it sent goes through the gate, its outcome behind it. */
export function endTurnWith(cell: Cell, envelope: Envelope, turn: Changed, outcome: unknown): void {
  letGo(cell, envelope);
  closeTurn(cell);
  offerOutcome(cell, envelope, turn, outcome);
}

/** Nothing of the open turn happened. True when the object in memory has already changed. */
export function throwAwayTurn(cell: Cell): boolean {
  dropOutgoing(cell);
  closeTurn(cell);
  return cell.durable !== undefined && cell.durable.discard();
}

/** The end of what an actor does by itself: like any turn's, with nobody to answer. */
export function endInnerTurn(cell: Cell, envelope: Envelope): void {
  const changed = cell.durable?.hasUnsealedChanges === true;
  cell.durable?.end(undefined);
  letGo(cell, envelope);
  closeTurn(cell);
  if (changed) offerOutcome(cell, envelope, "changed", undefined);
}

/** At once where the gate is open. */
export function offerOutcome(cell: Cell, envelope: Envelope, turn: Changed, outcome: unknown): void {
  if (isGateOpen(cell, versionOf(cell))) answer(cell, envelope, outcome);
  else holdAtGate(cell, new TurnEnd(cell, envelope, turn, outcome));
}

/** What an output made now has seen. */
function versionOf({ durable }: Cell): number {
  return durable === undefined ? 0 : durable.version;
}

/** An outcome is the reply, or the `Error` to fail with. */
function answer(cell: Cell, envelope: Envelope, outcome: unknown): void {
  const { reply } = envelope;
  if (reply === undefined) return;
  if (outcome instanceof Error) reply.fail(cell.kernel.simulateRemote ? asRemote(outcome) : outcome);
  else reply.succeed(outcome);
}

/** The end of a turn as it waits at the gate. */
class TurnEnd implements Output {
  readonly version: number;
  readonly cause: Envelope;
  readonly turn: Changed;
  readonly bytes: number;
  readonly #cell: Cell;
  readonly #outcome: unknown;

  constructor(cell: Cell, cause: Envelope, turn: Changed, outcome: unknown) {
    this.#cell = cell;
    this.version = versionOf(cell);
    this.cause = cause;
    this.turn = turn;
    this.bytes = sizeOf(outcome);
    this.#outcome = outcome;
  }

  leave(): void {
    answer(this.#cell, this.cause, this.#outcome);
  }
}

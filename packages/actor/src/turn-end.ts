// How a turn ends: with its result, with a refusal, or thrown away. Its tells and its reply go through the gate together.
import type { Cell } from "./cell.ts";
import { detach } from "./codec.ts";
import type { RepeatedCommand } from "./durability.ts";
import { type Envelope, InnerTurn, isAsk } from "./envelope.ts";
import { ActorFailed, AetherError, TurnRefused } from "./errors.ts";
import { superviseTurn } from "./failing.ts";
import { isGateOpen } from "./gate.ts";
import { Rejection, rebuildRejection } from "./rejection.ts";
import { changedBy, endInnerTurn, endTurnWith, offerOutcome, throwAwayTurn } from "./turn.ts";
import { readable } from "./thrown.ts";

/** The handler is done: its changes join the next commit, its outputs the gate. A returned `Rejection` keeps the changes. */
export function endTurn(cell: Cell, envelope: Envelope, result: unknown): void {
  const { durable } = cell;
  const isPlain = durable === undefined && !cell.kernel.simulateRemote && isGateOpen(cell, 0);
  if (isPlain && !(result instanceof Rejection)) endTurnWith(cell, envelope, "unchanged", result);
  else endDetached(cell, envelope, result);
}

/** With a reply that holds no reference into the state. */
function endDetached(cell: Cell, envelope: Envelope, result: unknown): void {
  const { durable } = cell;
  const turn = changedBy(cell);
  let outcome: unknown;
  try {
    if (envelope instanceof InnerTurn) return endInnerTurn(cell, envelope);
    outcome =
      result instanceof Rejection ? rebuildRejection(result) : detach(result, `the reply of "${envelope.command}"`);
    durable?.end(outcome);
  } catch (error) {
    return failTurn(cell, envelope, error);
  }
  endTurnWith(cell, envelope, turn, outcome);
}

/**
 * A throw undoes the turn. A `Rejection`, and what was refused before the handler, disturb nothing: the object is made anew
 * only where it has changed already. All else is a failure of the actor.
 */
export function failTurn(cell: Cell, envelope: Envelope, thrownBy: unknown): void {
  const thrown = readable(thrownBy);
  const hasChanged = throwAwayTurn(cell);
  const error = thrown instanceof TurnRefused ? readable(thrown.reason) : thrown;
  const { outcome, isRefusal } = failure(cell, envelope, error);
  const answer = (): void => offerOutcome(cell, envelope, "unchanged", outcome);
  if (!isRefusal && !(thrown instanceof TurnRefused)) return superviseTurn(cell, envelope, { error, outcome, answer });
  if (!isRefusal && !isAsk(envelope)) cell.kernel.deadLetters.add(envelope, outcome.message, error);
  answer();
  if (hasChanged) cell.restart(0);
}

/** The first run of this command answers for this one; it waits for all that stands before it. */
export function repeatReply(cell: Cell, envelope: Envelope, repeat: RepeatedCommand): void {
  throwAwayTurn(cell);
  offerOutcome(cell, envelope, "unchanged", repeat.type === "replied" ? repeat.value : repeat.error);
}

function failure(cell: Cell, envelope: Envelope, error: unknown): { outcome: Error; isRefusal: boolean } {
  if (!(error instanceof Rejection)) return { outcome: asFailure(cell, envelope, error), isRefusal: false };
  try {
    return { outcome: rebuildRejection(error), isRefusal: true };
  } catch (cause) {
    return { outcome: asFailure(cell, envelope, cause), isRefusal: false };
  }
}

/** The runtime's own errors say all in their data; of others the caller gets name, message and stack, never the object. */
function asFailure(cell: Cell, envelope: Envelope, error: unknown): AetherError {
  if (error instanceof AetherError) return error;
  const cause = error instanceof Error ? copyError(error) : String(error);
  return new ActorFailed(cell.address.toString(), envelope.command, cause);
}

function copyError({ name, message, stack }: Error): Error {
  return Object.assign(new Error(message), { name, stack });
}

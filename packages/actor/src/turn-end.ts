// How a turn ends: with its result, with a refusal, or thrown away. Its tells and its reply go through the gate together.
import type { Cell } from "./cell.ts";
import { detach } from "./codec.ts";
import type { RepeatedCommand } from "./durability.ts";
import { type Envelope, isAsk } from "./envelope.ts";
import { ActorFailed, AetherError } from "./errors.ts";
import { type Output, sizeOf } from "./gate.ts";
import { deadLetter } from "./kernel.ts";
import { Rejection, rebuildRejection } from "./rejection.ts";
import { sendTells } from "./turn-sender.ts";

/** The end of a turn as it waits at the gate. */
class TurnEnd implements Output {
  readonly version: number;
  readonly cause: Envelope;
  readonly turn: "unchanged" | "changed";
  readonly bytes: number;
  readonly #outcome: unknown;

  constructor(version: number, cause: Envelope, turn: "unchanged" | "changed", outcome: unknown) {
    this.version = version;
    this.cause = cause;
    this.turn = turn;
    this.bytes = sizeOf(outcome);
    this.#outcome = outcome;
  }

  leave(): void {
    answer(this.cause, this.#outcome);
  }
}

/** An outcome is the reply, or the `Error` to fail with. */
function answer(envelope: Envelope, outcome: unknown): void {
  if (outcome instanceof Error) envelope.reply?.fail(outcome);
  else envelope.reply?.succeed(outcome);
}

/** The handler is done: its changes join the next commit, its outputs the gate. A returned `Rejection` keeps the changes. */
export function endTurn(cell: Cell, envelope: Envelope, result: unknown): void {
  const durable = cell.durable;
  if (durable === undefined && !(result instanceof Rejection) && cell.isGateOpen(0)) {
    sendTells(cell);
    cell.envelope = undefined;
    return offerEnd(cell, envelope, "unchanged", result);
  }
  const changed = durable?.hasUnsealedChanges === true;
  let outcome: unknown;
  try {
    outcome =
      result instanceof Rejection ? rebuildRejection(result) : detach(result, `the reply of "${envelope.command}"`);
    durable?.end(outcome);
  } catch (error) {
    return failTurn(cell, envelope, error);
  }
  sendTells(cell);
  cell.envelope = undefined;
  offerEnd(cell, envelope, changed ? "changed" : "unchanged", outcome);
}

/** The end of `onStart`: like any turn's, but what it throws is the activation's failure. */
export function endStart(cell: Cell, envelope: Envelope): void {
  const changed = cell.durable?.hasUnsealedChanges === true;
  cell.durable?.end(undefined);
  sendTells(cell);
  cell.envelope = undefined;
  if (changed) offerEnd(cell, envelope, "changed", undefined);
}

/** A throw undoes the turn. Only a `Rejection` that changed nothing leaves the object as it was; else it is made anew. */
export function failTurn(cell: Cell, envelope: Envelope, error: unknown): void {
  const harmed = throwAwayTurn(cell);
  const { outcome, isRefusal } = failure(cell, envelope, error);
  if (!isAsk(envelope) && !isRefusal) deadLetter(cell.kernel, envelope, outcome.message);
  offerEnd(cell, envelope, "unchanged", outcome);
  if (isRefusal && !harmed) return;
  const { address } = cell;
  cell.kernel.events.publish({ type: "actor-failed", address: address.toString(), command: envelope.command, error });
  cell.restart();
}

/** Nothing of the open turn happened. True when the object in memory has already changed. */
export function throwAwayTurn(cell: Cell): boolean {
  cell.tells = undefined;
  cell.envelope = undefined;
  return cell.durable?.discard() ?? false;
}

/** The first run of this command answers for this one; it waits for all that stands before it. */
export function repeatReply(cell: Cell, envelope: Envelope, repeat: RepeatedCommand): void {
  throwAwayTurn(cell);
  offerEnd(cell, envelope, "unchanged", repeat.type === "replied" ? repeat.value : repeat.error);
}

function failure(cell: Cell, envelope: Envelope, error: unknown): { outcome: Error; isRefusal: boolean } {
  if (!(error instanceof Rejection)) {
    return { outcome: asFailure(cell, envelope, error), isRefusal: false };
  }
  try {
    return { outcome: rebuildRejection(error), isRefusal: true };
  } catch (cause) {
    return { outcome: asFailure(cell, envelope, cause), isRefusal: false };
  }
}

/** The runtime's own errors say all in their data; of others the caller gets name, message and stack, never the object. */
function asFailure(cell: Cell, envelope: Envelope, error: unknown): AetherError {
  if (error instanceof AetherError) return error;
  return new ActorFailed(
    cell.address.toString(),
    envelope.command,
    error instanceof Error ? copyError(error) : String(error),
  );
}

function copyError({ name, message, stack }: Error): Error {
  return Object.assign(new Error(message), { name, stack });
}

function offerEnd(cell: Cell, envelope: Envelope, turn: "unchanged" | "changed", outcome: unknown): void {
  const version = cell.durable?.version ?? 0;
  if (cell.isGateOpen(version)) answer(envelope, outcome);
  else cell.hold(new TurnEnd(version, envelope, turn, outcome));
}

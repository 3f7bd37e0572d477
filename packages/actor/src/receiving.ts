// Messages become turns. The path of a synchronous handler touches no promise.
import type { Actor } from "./actor.ts";
import type { CommandMethod } from "./actor-class.ts";
import type { Cell } from "./cell.ts";
import { argumentsOf, type Envelope, isAsk } from "./envelope.ts";
import { CommandExpired, UnknownCommand } from "./errors.ts";
import { refuse } from "./kernel.ts";
import { endTurn, failTurn, repeatReply } from "./turn-end.ts";

/** Handles up to `budget` messages, one turn after the other, until a turn has to wait. */
export function receive(cell: Cell, budget: number): void {
  for (let left = budget; left > 0 && cell.canReceive(); left--) {
    const envelope = cell.mailbox.shift();
    if (envelope === undefined) return;
    if (isWanted(cell, envelope)) runTurn(cell, envelope);
  }
}

/** No ask begins that nobody waits for, or whose time is up. */
function isWanted(cell: Cell, envelope: Envelope): boolean {
  if (envelope.reply?.isSettled === true) return false;
  if (!isAsk(envelope) || cell.kernel.clock.now() < envelope.deadline) return true;
  envelope.reply?.fail(new CommandExpired(cell.address.toString(), envelope.command));
  return false;
}

export function openTurn(cell: Cell, envelope: Envelope): Envelope {
  cell.envelope = envelope;
  cell.nestedCalls = 0;
  cell.openedAt = cell.durable?.version ?? 0;
  return envelope;
}

function runTurn(cell: Cell, envelope: Envelope): void {
  const method = cell.hosted.info.commands.get(envelope.command);
  if (method === undefined) {
    return refuse(cell.kernel, envelope, new UnknownCommand(cell.address.type, envelope.command));
  }
  openTurn(cell, envelope);
  let result: unknown;
  try {
    const repeat = cell.durable?.begin(envelope);
    if (repeat !== undefined) return repeatReply(cell, envelope, repeat);
    result = call(cell, method, envelope);
  } catch (error) {
    return failTurn(cell, envelope, error);
  }
  if (isThenable(result)) awaitTurn(cell, envelope, result);
  else endTurn(cell, envelope, result);
}

function call(cell: Cell, method: CommandMethod, envelope: Envelope): unknown {
  return method.apply(cell.actor as Actor, argumentsOf(envelope) as unknown[]);
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** The mailbox stays shut until the handler is done; a turn whose incarnation ended meanwhile was rolled back already. */
function awaitTurn(cell: Cell, envelope: Envelope, result: PromiseLike<unknown>): void {
  const incarnation = cell.incarnation;
  result.then(
    (value) => {
      if (!cell.is(incarnation)) return;
      endTurn(cell, envelope, value);
      resumeAfterTurn(cell);
    },
    (error: unknown) => {
      if (!cell.is(incarnation)) return;
      failTurn(cell, envelope, error);
      resumeAfterTurn(cell);
    },
  );
}

function resumeAfterTurn(cell: Cell): void {
  cell.durable?.passEnded();
  cell.proceed();
}

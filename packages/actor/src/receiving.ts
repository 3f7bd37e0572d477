// Messages become turns. The path of a synchronous handler touches no promise.
import type { Actor } from "./actor.ts";
import type { Agenda } from "./agenda.ts";
import type { Cell } from "./cell.ts";
import { type Envelope, InnerTurn, mayExpire } from "./envelope.ts";
import { parkRetried } from "./failing.ts";
import { CommandExpired, MailboxFull, UnknownCommand, withoutStack } from "./errors.ts";
import { runCommand } from "./hosted-type.ts";
import { refuse } from "./kernel.ts";
import type { Mailbox } from "./mailbox.ts";
import { isThenable } from "./promises.ts";
import { endTurn, failTurn, repeatReply } from "./turn-end.ts";
import { endPlainTurn, openTurn } from "./turn.ts";

/**
 * Handles up to `budget` messages, one turn after the other, until a turn has to wait or time is up. The cell can receive.
 * @returns whether there is more to do at once
 */
export function receive(cell: Cell, agenda: Agenda, budget: number): boolean {
  const { dispatcher } = cell.kernel;
  for (let left = budget; ; left--) {
    const envelope = agenda.shift();
    if (envelope === undefined) return false;
    const { reply } = envelope;
    if (dispatcher.now >= envelope.deadline && mayExpire(envelope)) expire(cell, envelope);
    else if (reply === undefined || !reply.isSettled) runTurn(cell, agenda, envelope);
    else parkRetried(cell, envelope);
    if (agenda.isEmpty || !cell.canReceive()) return false;
    if (left <= 1 || dispatcher.tick()) return true;
  }
}

/** There is no room for it. */
export function turnAway({ address, kernel }: Cell, envelope: Envelope, mailbox: Mailbox): void {
  const retryAfterMs = mailbox.retryAfterMs(kernel.clock.now());
  const refusal = withoutStack(() => new MailboxFull(address.toString(), mailbox.capacity, retryAfterMs));
  refuse(kernel, envelope, refusal);
}

/** Nothing begins whose time is up. */
function expire(cell: Cell, envelope: Envelope): void {
  if (parkRetried(cell, envelope)) return;
  refuse(
    cell.kernel,
    envelope,
    withoutStack(() => new CommandExpired(cell.address.toString(), envelope.command)),
  );
}

function runTurn(cell: Cell, agenda: Agenda, envelope: Envelope): void {
  const { hosted } = cell;
  const method = hosted.methodOf(envelope.command);
  if (method === undefined) return runOther(cell, envelope);
  openTurn(cell, agenda, envelope);
  let result: unknown;
  try {
    if (cell.durable !== undefined) {
      const repeat = cell.durable.begin(envelope);
      if (repeat !== undefined) return repeatReply(cell, envelope, repeat);
    }
    const actor = cell.actor as Actor;
    const around = hosted.receive;
    result = around === undefined ? runCommand(actor, method, envelope) : around(actor, method, envelope);
  } catch (error) {
    return failTurn(cell, envelope, error);
  }
  if (agenda.envelope !== envelope) return; // the actor was given up in its own turn, and the message with it
  if (hosted.isPlain && typeof result !== "object") endPlainTurn(cell, agenda, envelope, result);
  else settleTurn(cell, envelope, result);
}

/** What the actor does by itself, or a message that names no command. */
function runOther(cell: Cell, envelope: Envelope): void {
  if (!(envelope instanceof InnerTurn)) {
    return refuse(cell.kernel, envelope, new UnknownCommand(cell.address.type, envelope.command));
  }
  if (envelope.incarnation !== cell.incarnation) return;
  openTurn(cell, cell.ownAgenda(), envelope);
  let result: unknown;
  try {
    cell.durable?.begin(envelope);
    result = envelope.work();
  } catch (error) {
    return failTurn(cell, envelope, error);
  }
  settleTurn(cell, envelope, result);
}

/** What a handler returns may throw when it is looked at: a failure of the handler, as long as its turn is open. */
function settleTurn(cell: Cell, envelope: Envelope, result: unknown): void {
  try {
    if (isThenable(result)) awaitTurn(cell, envelope, result);
    else endTurn(cell, envelope, result);
  } catch (error) {
    if (cell.envelope !== envelope) throw error;
    failTurn(cell, envelope, error);
  }
}

/** The mailbox stays shut until the handler is done; a turn whose incarnation ended meanwhile was rolled back already. */
function awaitTurn(cell: Cell, envelope: Envelope, result: PromiseLike<unknown>): void {
  const { incarnation } = cell;
  result.then(
    (value) => {
      if (!cell.is(incarnation) || cell.envelope !== envelope) return;
      endAwaited(cell, envelope, value);
      resumeAfterTurn(cell);
    },
    (error: unknown) => {
      if (!cell.is(incarnation) || cell.envelope !== envelope) return;
      failTurn(cell, envelope, error);
      resumeAfterTurn(cell);
    },
  );
}

function endAwaited(cell: Cell, envelope: Envelope, value: unknown): void {
  try {
    endTurn(cell, envelope, value);
  } catch (error) {
    if (cell.envelope !== envelope) throw error;
    failTurn(cell, envelope, error);
  }
}

function resumeAfterTurn(cell: Cell): void {
  cell.durable?.passEnded();
  cell.proceed();
}

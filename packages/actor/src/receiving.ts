// Messages become turns. The path of a synchronous handler touches no promise.
import type { Actor } from "./actor.ts";
import type { Agenda } from "./agenda.ts";
import type { Cell } from "./cell.ts";
import { type Envelope, InnerTurn, mayExpire } from "./envelope.ts";
import { activate } from "./activation.ts";
import { takeAll } from "./effects.ts";
import { parkRetried } from "./failing.ts";
import { CommandExpired, MailboxFull, UnknownCommand, withoutStack } from "./errors.ts";
import type { Flag } from "./flag.ts";
import { runCommand } from "./hosted-type.ts";
import { refuse, send } from "./kernel.ts";
import type { Mailbox } from "./mailbox.ts";
import { isThenable } from "./promises.ts";
import { restAtOnce, restLater } from "./resting.ts";
import { endTurn, failTurn, repeatReply } from "./turn-end.ts";
import { endPlainTurn, openTurn } from "./turn.ts";

/**
 * One pass: up to `budget` messages, one turn after the other, until a turn has to wait or time is up. The first pass of all
 * begins with the actor's activation. The most frequent turn, a tell that nothing has to be looked up or waited for, stands
 * here in full: what it calls costs it more than what it does.
 * @returns whether there is more to do at once
 */
export function receive(cell: Cell, budget: number): Flag {
  if (cell.incarnation === 0) return awake(cell, budget);
  const { agenda, hosted } = cell;
  if (agenda === undefined) return endPass(cell, false);
  let goesOn = !agenda.isEmpty && cell.canReceive();
  for (let left = budget; left > 0 && goesOn; left--) {
    const envelope = agenda.shift() as Envelope;
    const method = envelope.isPlain === true && hosted.isBare === true ? hosted.methodOf(envelope.command) : undefined;
    if (method === undefined) handle(cell, agenda, envelope);
    else {
      agenda.envelope = envelope;
      agenda.speaker = cell.incarnation;
      let result: unknown;
      try {
        const { args } = envelope;
        const actor = cell.actor as Actor;
        result = typeof args === "object" ? runCommand(actor, method, envelope) : method.call(actor, args);
      } catch (error) {
        failTurn(cell, envelope, error);
      }
      if (agenda.envelope === envelope) endBareTurn(cell, agenda, result);
    }
    goesOn = !agenda.isEmpty && cell.canReceive();
    if (goesOn && hosted.kernel.dispatcher.tick()) break;
  }
  return endPass(cell, goesOn);
}

function endBareTurn(cell: Cell, agenda: Agenda, result: unknown): void {
  const { told } = agenda;
  agenda.speaker = 0;
  if (typeof result === "object") return settleTurn(cell, agenda.envelope as Envelope, result);
  if (told !== undefined) {
    agenda.told = undefined;
    const { kernel } = cell.hosted;
    const known = kernel.isDirect === true ? told.place.resident : undefined;
    if (known !== undefined && known.isOpen === true) known.enqueue(told);
    else send(kernel, told);
  } else if (agenda.outgoing !== undefined) takeAll(cell);
  agenda.envelope = undefined;
}

/** The first pass of all: most actors are sent no more for a while then, so it rests at once, not later. */
function awake(cell: Cell, budget: number): Flag {
  if (cell.isGone) return endPass(cell, false);
  activate(cell);
  const { agenda } = cell;
  if (agenda === undefined) return endPass(cell, false);
  agenda.isResting = true;
  const goesOn = receive(cell, budget);
  if (goesOn === true) agenda.isResting = false;
  else restAtOnce(cell);
  return goesOn;
}

function endPass(cell: Cell, goesOn: boolean): Flag {
  cell.isScheduled = goesOn;
  if (!goesOn && cell.agenda?.isResting !== true) restLater(cell);
  if (cell.durable !== undefined) cell.durable.passEnded();
  return goesOn;
}

/** Any message. */
function handle(cell: Cell, agenda: Agenda, envelope: Envelope): void {
  if (mayExpire(envelope) && cell.kernel.dispatcher.now >= envelope.deadline) expire(cell, envelope);
  else if (envelope.reply === undefined || !envelope.reply.isSettled) runTurn(cell, agenda, envelope);
  else parkRetried(cell, envelope);
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
    if (hosted.isPlain === true && envelope.commandId === undefined) agenda.speaker = cell.incarnation;
    const actor = cell.actor as Actor;
    const around = hosted.receive;
    result = around === undefined ? runCommand(actor, method, envelope) : around(actor, method, envelope);
  } catch (error) {
    return failTurn(cell, envelope, error);
  }
  if (agenda.envelope !== envelope) return; // the actor was given up in its own turn, and the message with it
  if (hosted.isPlain === true && typeof result !== "object") endPlainTurn(cell, agenda, envelope, result);
  else {
    agenda.speaker = 0;
    settleTurn(cell, envelope, result);
  }
}

/** What the actor does by itself, or a message that names no command. */
function runOther(cell: Cell, envelope: Envelope): void {
  if (!(envelope instanceof InnerTurn)) {
    return refuse(cell.kernel, envelope, new UnknownCommand(cell.address.type, envelope.command));
  }
  if (envelope.incarnation !== 0 && envelope.incarnation !== cell.incarnation) return;
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

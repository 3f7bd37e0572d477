// A handler threw: who is told, whether the message is tried again, and what becomes of the actor.
import type { Cell } from "./cell.ts";
import { type Envelope, InnerTurn, isMessage } from "./envelope.ts";
import { ChildFailed } from "./errors.ts";
import { backoffMs, type Directive, directiveFor, FailureRecord } from "./supervision.ts";
import { describeError } from "./thrown.ts";
import { splitAt } from "./turn.ts";

export interface Failure {
  readonly error: unknown;
  /** What the caller gets. */
  readonly outcome: Error;
  /** Gives it to the caller, behind what the turns before have sent. */
  answer(): void;
}

/** The turn is thrown away already. One that was given up in the middle of it has given its message back. */
export function superviseTurn(cell: Cell, envelope: Envelope, failure: Failure): void {
  if (cell.isGone) return;
  const { error, outcome } = failure;
  const verdict = judge(cell, error);
  report(cell, { what: envelope.command, error }, verdict);
  if (isMessage(envelope)) {
    if (
      goesOn(verdict) &&
      splitAt(cell) === undefined &&
      recordOf(cell).mayRetry(envelope, error, cell.options.supervision)
    ) {
      cell.ownAgenda().putBack([envelope]);
    } else {
      cell.kernel.deadLetters.add(envelope, outcome.message, error);
      failure.answer();
    }
  }
  execute(cell, verdict, error);
}

/** A message that was to be tried again, and is not any more: it is kept with the error of its last try. */
export function parkRetried(cell: Cell, envelope: Envelope): boolean {
  const failures = cell.ties?.failures;
  if (failures === undefined || failures.retried !== envelope) return false;
  const { error } = failures;
  failures.retried = undefined;
  cell.kernel.deadLetters.add(envelope, `its time was up before it was tried again: ${describeError(error)}`, error);
  return true;
}

/** A child that could not be activated. True when it will be tried again: what waits for it goes on waiting. */
export function superviseActivation(cell: Cell, error: unknown): boolean {
  const verdict = judge(cell, error);
  if (verdict.directive !== "restart") {
    if (verdict.directive === "escalate") escalate(cell, error);
    return false;
  }
  report(cell, { what: "its activation", error }, verdict);
  cell.restart(verdict.delayMs);
  return true;
}

interface Verdict {
  readonly directive: Directive;
  readonly delayMs: number;
}

function judge(cell: Cell, error: unknown): Verdict {
  const { supervision } = cell.options;
  const { clock, random } = cell.kernel;
  const directive = directiveFor(supervision, error, cell.hosted.durability !== undefined);
  if (directive !== "restart") return { directive, delayMs: 0 };
  const restarts = recordOf(cell).noteRestart(clock.now(), supervision);
  if (restarts > supervision.maxRestarts) return { directive: "escalate", delayMs: 0 };
  return { directive, delayMs: backoffMs(supervision, restarts, random) };
}

function goesOn({ directive }: Verdict): boolean {
  return directive === "restart" || directive === "resume";
}

function recordOf(cell: Cell): FailureRecord {
  return (cell.ownTies().failures ??= new FailureRecord());
}

function report(cell: Cell, { what, error }: { what: string; error: unknown }, verdict: Verdict): void {
  const { events } = cell.kernel;
  const address = cell.address.toString();
  events.publish({ type: "actor-failed", address, command: what, error, ...verdict });
}

function execute(cell: Cell, { directive, delayMs }: Verdict, error: unknown): void {
  if (directive === "resume") return;
  if (directive === "restart") return cell.restart(delayMs);
  if (directive === "escalate") escalate(cell, error);
  cell.leave({ type: "stop", why: "it failed", cause: error });
}

/** The parent fails in its place; where there is none, people are told. */
function escalate(cell: Cell, error: unknown): void {
  const { parent, address } = cell;
  if (parent === undefined) {
    cell.kernel.events.publish({ type: "actor-escalated", address: address.toString(), error });
    return;
  }
  parent.enqueueInner(
    new InnerTurn(parent.address, parent.incarnation, `child ${address.toString()}`, () => {
      throw new ChildFailed(address.toString(), error);
    }),
  );
}

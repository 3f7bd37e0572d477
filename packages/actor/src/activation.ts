// From a fresh cell, or one that restarts, to an open mailbox: make the object, load its state, run its first turn.
import { type Actor, bindContext } from "./actor.ts";
import type { Cell } from "./cell.ts";
import { stopChildren } from "./children.ts";
import { type Envelope, InnerTurn, isMessage } from "./envelope.ts";
import { ActivationFailed, HookTimeout } from "./errors.ts";
import { superviseActivation } from "./failing.ts";
import { Gate } from "./gate.ts";
import { refuse } from "./kernel.ts";
import { closeIncarnation, stopHook, takeMessages } from "./leaving.ts";
import { isThenable, within } from "./promises.ts";
import { takeUp } from "./resting.ts";
import { endInnerTurn, openTurn, throwAwayTurn } from "./turn.ts";
import { readable } from "./thrown.ts";

/** Runs through at once where nothing has to be waited for. */
export function activate(cell: Cell): void {
  cell.incarnation++;
  const began = cell.kernel.dispatcher.coarseNow();
  try {
    const made = cell.hosted.create(cell.create);
    if (made instanceof Promise) whenDone(cell, "create", made, (actor) => recover(cell, actor, began));
    else recover(cell, made, began);
  } catch (error) {
    failActivation(cell, error);
  }
}

/** Goes on in time or fails the activation; steps of an incarnation that is over do nothing. */
function whenDone<T>(cell: Cell, hook: string, waiting: PromiseLike<T>, then: (value: T) => void): void {
  const { incarnation } = cell;
  const { hookTimeoutMs } = cell.options;
  const late = (): Error => new HookTimeout(cell.address.toString(), hook, hookTimeoutMs);
  within(cell.kernel.scheduler, hookTimeoutMs, waiting, late).then(
    (value) => step(cell, incarnation, () => then(value)),
    (error: unknown) => step(cell, incarnation, () => failActivation(cell, error)),
  );
}

function step(cell: Cell, incarnation: number, task: () => void): void {
  if (!cell.is(incarnation)) return;
  try {
    task();
  } catch (error) {
    failActivation(cell, error);
  }
}

function recover(cell: Cell, actor: Actor, began: number): void {
  cell.step("created");
  cell.actor = actor;
  bindContext(actor, cell);
  const { durability } = cell.hosted;
  if (durability === undefined) return start(cell, began);
  const gate = (cell.gate ??= new Gate(cell.kernel.permit));
  const durable = durability.open(actor, cell);
  cell.durable = durable;
  const { incarnation } = cell;
  durable.recover().then(
    () =>
      step(cell, incarnation, () => {
        gate.durable = durable.version;
        start(cell, began);
      }),
    (error: unknown) => step(cell, incarnation, () => failActivation(cell, error)),
  );
}

const startCommand = "onStart";

/** The first turn of an incarnation, which no message is. */
export function isStart(envelope: Envelope): boolean {
  return envelope instanceof InnerTurn && envelope.command === startCommand;
}

/** `onStart` is a turn like any other, but its failure is that of the activation. */
function start(cell: Cell, began: number): void {
  const actor = cell.actor as Actor;
  if (actor.onStart === undefined) return run(cell, began);
  const turn = new InnerTurn(cell.address, cell.incarnation, startCommand, () => undefined);
  // Who waits for the message that brought it to life waits for this too: an ask back would wait for itself.
  const agenda = cell.ownAgenda();
  const first = agenda.peek();
  if (first !== undefined) turn.chain = first.chain;
  openTurn(cell, agenda, turn);
  const ended = (): void => {
    endInnerTurn(cell, turn);
    run(cell, began);
  };
  cell.durable?.begin(turn);
  const result: unknown = actor.onStart();
  if (isThenable(result)) whenDone(cell, startCommand, result, ended);
  else ended();
}

function run(cell: Cell, began: number): void {
  cell.step("recovered");
  const { clock, events } = cell.kernel;
  if (events.isWanted("actor-activated")) {
    const tookMs = clock.now() - began;
    events.publish({ type: "actor-activated", address: cell.address.toString(), tookMs });
  }
  cell.durable?.passEnded();
  takeUp(cell);
  cell.proceed();
}

/** The next message tries anew. A child is tried again as its supervision says. */
export function failActivation(cell: Cell, thrown: unknown): void {
  const { kernel, address } = cell;
  const error = readable(thrown);
  kernel.events.publish({ type: "activation-failed", address: address.toString(), error });
  throwAwayTurn(cell);
  if (cell.parent !== undefined && cell.leaving === undefined && superviseActivation(cell, error)) return;
  if (!cell.hasChildren) return giveUp(cell, error);
  const { incarnation, state } = cell;
  void stopChildren(cell).then(() => {
    if (cell.is(incarnation) && cell.state === state) giveUp(cell, error);
  });
}

/** Whoever waits gets the error. */
function giveUp(cell: Cell, error: unknown): void {
  const { kernel, address } = cell;
  const failure = new ActivationFailed(address.toString(), error);
  void stopHook(cell);
  cell.step("fail");
  closeIncarnation(cell);
  cell.step("left");
  cell.forget();
  for (const output of cell.gate?.drain() ?? []) {
    if (output.turn !== "open" && isMessage(output.cause)) refuse(kernel, output.cause, failure);
  }
  for (const envelope of takeMessages(cell)) refuse(kernel, envelope, failure);
  cell.ties?.tellWatchers("failed");
}

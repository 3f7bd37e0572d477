// From a fresh cell, or one that restarts, to an open mailbox: make the object, load its state, run its first turn.
import { type Actor, bindContext } from "./actor.ts";
import type { Cell } from "./cell.ts";
import { CellContext } from "./context.ts";
import { ActivationFailed } from "./errors.ts";
import { Gate } from "./gate.ts";
import { refuse } from "./kernel.ts";
import { isThenable, openTurn } from "./receiving.ts";
import { TurnSender } from "./turn-sender.ts";
import { endStart, throwAwayTurn } from "./turn-end.ts";

/** Runs through at once where nothing has to be waited for. */
export function activate(cell: Cell): void {
  const incarnation = ++cell.incarnation;
  const began = cell.kernel.clock.now();
  let made: Actor | Promise<Actor>;
  try {
    made = cell.hosted.create();
  } catch (error) {
    return failActivation(cell, error);
  }
  const alive = guarded(cell, incarnation);
  const created = alive((actor: Actor) => recover(cell, actor, began));
  if (made instanceof Promise) {
    made.then(
      created,
      alive((error) => failActivation(cell, error)),
    );
  } else created(made);
}

type Guard = <T>(step: (value: T) => void) => (value: T) => void;

/** Steps of an incarnation that is over do nothing. */
function guarded(cell: Cell, incarnation: number): Guard {
  return (step) => (value) => {
    if (!cell.is(incarnation)) return;
    try {
      step(value);
    } catch (error) {
      failActivation(cell, error);
    }
  };
}

function recover(cell: Cell, actor: Actor, began: number): void {
  cell.step("created");
  cell.actor = actor;
  bindContext(actor, new CellContext(cell, new TurnSender(cell)));
  const durability = cell.hosted.durability;
  if (durability === undefined) return start(cell, began);
  cell.gate ??= new Gate(cell.kernel.permit);
  cell.durable = durability.open(actor, cell);
  const alive = guarded(cell, cell.incarnation);
  cell.durable.recover().then(
    alive(() => {
      (cell.gate as Gate).durable = (cell.durable as NonNullable<Cell["durable"]>).version;
      start(cell, began);
    }),
    alive((error) => failActivation(cell, error)),
  );
}

/** What the first turn of an incarnation is called; no message can be. */
export const startCommand = "onStart";

/** `onStart` is a turn like any other, but its failure is that of the activation. */
function start(cell: Cell, began: number): void {
  const actor = cell.actor as Actor;
  if (actor.onStart === undefined) return run(cell, began);
  const envelope = openTurn(cell, {
    to: cell.address,
    command: startCommand,
    args: [],
    deadline: Number.POSITIVE_INFINITY,
    reply: undefined,
    sender: undefined,
    commandId: undefined,
    answeredBelow: 0,
    chain: [],
    headers: undefined,
  });
  cell.durable?.begin(envelope);
  const alive = guarded(cell, cell.incarnation);
  const ended = alive(() => {
    endStart(cell, envelope);
    run(cell, began);
  });
  const failed = alive((error) => {
    throwAwayTurn(cell);
    failActivation(cell, error);
  });
  try {
    const result: unknown = actor.onStart();
    if (isThenable(result)) result.then(ended, failed);
    else ended(undefined);
  } catch (error) {
    failed(error);
  }
}

function run(cell: Cell, began: number): void {
  cell.step("recovered");
  if (cell.kernel.events.hasListeners) {
    const tookMs = cell.kernel.clock.now() - began;
    cell.kernel.events.publish({ type: "actor-activated", address: cell.address.toString(), tookMs });
  }
  cell.durable?.passEnded();
  cell.proceed();
}

/** Whoever waits gets the error; the next message tries anew. It never loops by itself. */
export function failActivation(cell: Cell, error: unknown): void {
  cell.kernel.events.publish({ type: "activation-failed", address: cell.address.toString(), error });
  const failure = new ActivationFailed(cell.address.toString(), error);
  cell.step("fail");
  throwAwayTurn(cell);
  cell.durable?.close();
  cell.step("left");
  cell.hosted.cells.delete(cell.address.id);
  for (const output of cell.gate?.drain() ?? []) {
    if (output.turn !== "open" && output.cause.command !== startCommand) refuse(cell.kernel, output.cause, failure);
  }
  for (const envelope of cell.mailbox.drain()) refuse(cell.kernel, envelope, failure);
  cell.onGone?.();
}

// The ways out of memory: in order (passivation, stop), where nothing is lost; and being given up (another writer took
// over), where nothing that was held back may leave.
import type { Actor } from "./actor.ts";
import type { Cell } from "./cell.ts";
import { stopChildren } from "./children.ts";
import { dropOutgoing } from "./effects.ts";
import { type Envelope, InnerTurn, isAsk, isMessage } from "./envelope.ts";
import { ActorStopped, HookTimeout, Undelivered, type UndeliveredReason } from "./errors.ts";
import type { Output } from "./gate.ts";
import { refuse, returnToSender } from "./kernel.ts";
import { within } from "./promises.ts";
import { takeUp } from "./resting.ts";
import { closeTurn, endInnerTurn, isPartStored, openTurn, splitAt, throwAwayTurn } from "./turn.ts";

/** `passivate`: its next message brings it back, also those that wait. `stop`: what waits is refused. */
export type Leave = Passivate | Stop;
interface Passivate {
  readonly type: "passivate";
  /** Its place is elsewhere from now on: what waits goes back to whoever routes messages. */
  readonly isMoving?: boolean;
}
interface Stop {
  readonly type: "stop";
  readonly why: string;
  readonly cause?: unknown;
}

/** At the next moment without an open turn; at once if there is none. */
export function leave(cell: Cell, how: Leave): void {
  if (cell.isGone) return;
  if (!hasBegun(cell) || isComingInVain(cell, how)) return cell.abandon({ reason: "leaving", isProven: true });
  if (cell.leaving === undefined || how.type === "stop") cell.willLeave(how);
  if (isFree(cell)) finishLeaving(cell);
  else if (cell.ties?.endBackoff !== undefined) cell.ties.endBackoff();
  else cell.kernel.scheduler.microtask(() => isFree(cell) && finishLeaving(cell));
}

/** A child begins when the turn that spawned it may have an effect. */
function hasBegun({ incarnation, isScheduled }: Cell): boolean {
  return incarnation > 0 || isScheduled === true;
}

/** Its place is elsewhere before it is there: it would keep waiting who waits for it, and fence who has its place by now. */
function isComingInVain({ state, envelope, gate }: Cell, how: Leave): boolean {
  const isComing = state === "starting" || state === "recovering";
  const hasNothing = envelope === undefined && (gate?.waiting ?? 0) === 0;
  return isComing && hasNothing && how.type === "passivate" && how.isMoving === true;
}

/** A turn that goes on asynchronously, and an activation, see at their end that the actor is to leave. */
function isFree({ state, envelope }: Cell): boolean {
  return state === "running" && envelope === undefined;
}

/** Settles when nothing of it is left in memory. */
export function gone(cell: Cell): Promise<void> {
  if (cell.isGone) return Promise.resolve();
  return new Promise((resolve) => (cell.ownTies().watchers ??= new Set()).add(() => resolve()));
}

/** One that restarts leaves when its old object has ended. */
export function finishLeaving(cell: Cell): void {
  const hasEnded = cell.state === "restarting" && cell.actor === undefined;
  if (cell.state !== "running" && !hasEnded) return;
  cell.step("passivate");
  if (isAlone(cell)) leaveMemory(cell);
  else void leaveInOrder(cell);
}

/** Nothing of it has to be waited for. */
function isAlone({ actor, durable, gate, hasChildren }: Cell): boolean {
  const hasHooks = actor?.onPassivate !== undefined || actor?.onStop !== undefined;
  return !hasHooks && durable === undefined && (gate?.waiting ?? 0) === 0 && !hasChildren;
}

/** Last turn, what it made is stored, what it sent has left (to its children too), children, its object is told. */
async function leaveInOrder(cell: Cell): Promise<void> {
  const { durable, incarnation } = cell;
  const isOver = (): boolean => !cell.is(incarnation) || cell.state !== "passivating";
  const steps: (() => unknown)[] = [
    () => (cell.leaving?.type === "stop" ? undefined : passivateHook(cell)),
    () => durable?.passEnded(),
    () => durable?.flush(),
    () => cell.gate && emptied(cell.gate),
    () => stopChildren(cell),
    () => stopHook(cell),
  ];
  for (const step of steps) {
    await step();
    if (isOver()) return;
  }
  leaveMemory(cell);
}

function emptied(gate: NonNullable<Cell["gate"]>): Promise<void> {
  return new Promise((resolve) => gate.whenEmpty(resolve));
}

/** A turn like `onStart`; its failure is reported and changes nothing. */
async function passivateHook(cell: Cell): Promise<void> {
  const { actor, incarnation } = cell;
  if (actor?.onPassivate === undefined || cell.ties?.hadLastTurn === true) return;
  cell.ownTies().hadLastTurn = true;
  const turn = openTurn(
    cell,
    cell.ownAgenda(),
    new InnerTurn(cell.address, incarnation, "onPassivate", () => undefined),
  );
  try {
    cell.durable?.begin(turn);
    await timed(cell, "onPassivate", () => actor.onPassivate?.());
    if (cell.is(incarnation)) endInnerTurn(cell, turn);
  } catch (error) {
    reportHook(cell, "onPassivate", error);
    if (cell.is(incarnation)) throwAwayTurn(cell);
  }
}

/** Objects that were told of their end: one that is given up on its way out is not told twice. */
const told = new WeakSet<Actor>();

/** Never rejects. */
export async function stopHook(cell: Cell, actor: Actor | undefined = cell.actor): Promise<void> {
  if (actor?.onStop === undefined || told.has(actor)) return;
  told.add(actor);
  try {
    await timed(cell, "onStop", () => actor.onStop?.());
  } catch (error) {
    reportHook(cell, "onStop", error);
  }
}

async function timed(cell: Cell, hook: string, run: () => unknown): Promise<void> {
  const { hookTimeoutMs } = cell.options;
  const late = (): Error => new HookTimeout(cell.address.toString(), hook, hookTimeoutMs);
  await within(cell.kernel.scheduler, hookTimeoutMs, Promise.resolve(run()), late);
}

function reportHook(cell: Cell, hook: string, error: unknown): void {
  cell.kernel.events.publish({ type: "hook-failed", address: cell.address.toString(), hook, error });
}

/** The object is dropped, with all that only it knew of. */
export function closeIncarnation(cell: Cell): void {
  cell.durable?.close();
  cell.durable = undefined;
  cell.actor = undefined;
  closeTurn(cell);
  dropOutgoing(cell);
  if (cell.gate !== undefined) cell.gate.isPaused = false; // the next step of the cell reviews it
  cell.ties?.cut();
}

function leaveMemory(cell: Cell): void {
  const { kernel, address, leaving } = cell;
  cell.step("left");
  closeIncarnation(cell);
  cell.forget();
  const waiting = takeMessages(cell);
  if (leaving?.type === "stop") {
    if (kernel.events.isWanted("actor-stopped")) publish(cell, "actor-stopped");
    if (waiting.length > 0) {
      const error = new ActorStopped(address.toString(), leaving.why, leaving.cause);
      for (const envelope of waiting) refuse(kernel, envelope, error);
    }
  } else {
    if (kernel.events.isWanted("actor-passivated")) publish(cell, "actor-passivated");
    if (waiting.length > 0) handOver(cell, waiting);
  }
  cell.ties?.tellWatchers(leaving?.type === "stop" ? "stopped" : "passivated");
}

/** To its next incarnation, in order: here at once, or wherever that will be. */
function handOver({ kernel, address, leaving }: Cell, waiting: readonly Envelope[]): void {
  const isMoving = kernel.local.isStopping || (leaving?.type === "passivate" && leaving.isMoving === true);
  const why = new Undelivered(address.toString(), "leaving");
  for (const envelope of waiting) {
    if (isMoving) returnToSender(kernel, envelope, why);
    else kernel.local.deliver(envelope);
  }
}

function publish(cell: Cell, type: "actor-stopped" | "actor-passivated"): void {
  cell.kernel.events.publish({ type, address: cell.address.toString() });
}

/** What waits in the mailbox and was sent by somebody. */
export function takeMessages(cell: Cell): Envelope[] {
  takeUp(cell);
  return cell.agenda === undefined ? [] : cell.agenda.drain().filter(isMessage);
}

/** Why an actor stops at once, and whether it is proven that what it has not stored will never be. */
export interface Abandonment {
  readonly reason: UndeliveredReason;
  readonly isProven: boolean;
}

/** Stops at once, with its children. What was held back never leaves; the commands go back to those who sent them. */
export function abandon(cell: Cell, { reason, isProven }: Abandonment): void {
  if (cell.isGone) return;
  for (const child of cell.ties?.children?.list() ?? []) child.abandon({ reason, isProven });
  const outputs = cell.gate?.drain() ?? [];
  const isHeld = (output: Output): boolean => mayRunAgain(cell, output, isProven);
  const held = outputs.filter(isHeld).map((output) => output.cause);
  for (const output of outputs) if (!isHeld(output)) forget(cell, output);
  const { envelope } = cell;
  if (envelope !== undefined && isMessage(envelope)) {
    if (mayBeginAgain(cell, envelope, isProven)) held.push(envelope);
    else cell.kernel.deadLetters.add(envelope, "its node gave the actor up when a part of it was split off");
  }
  cell.ties?.cancelBackoff?.();
  void stopHook(cell);
  cell.step("fence");
  closeIncarnation(cell);
  cell.forget();
  const why = new Undelivered(cell.address.toString(), reason);
  for (const envelope of [...held, ...takeMessages(cell)]) returnToSender(cell.kernel, envelope, why);
  cell.ties?.tellWatchers("lost");
}

/** A second run is harmless if the first left nothing behind, or is recognised by its id. */
function mayRunAgain(cell: Cell, { turn, cause, version }: Output, isProven: boolean): boolean {
  if (turn === "open" || !isMessage(cause)) return false;
  if (turn === "unchanged" || cause.commandId !== undefined) return true;
  return turn === "changed" && isProven && version > (cell.gate?.durable ?? 0);
}

/** The open turn: what was split off of it stands, and without an id nothing tells a second run from the first. */
function mayBeginAgain(cell: Cell, { commandId }: Envelope, isProven: boolean): boolean {
  if (commandId !== undefined) return true;
  return !isPartStored(cell) && (isProven || splitAt(cell) === undefined);
}

/** A tell that may be stored is not sent again. One that is stored has nobody to tell. */
function forget(cell: Cell, { turn, cause, version }: Output): void {
  if (turn === "open" || isAsk(cause) || version <= (cell.gate?.durable ?? 0)) return;
  cell.kernel.deadLetters.add(cause, "its node gave the actor up before it knew whether this was stored");
}

// One actor as the kernel sees it: its address, what it has to do, and the incarnation that lives in it now. The phases of its
// life stand in files of their own: activation, receiving, turn, turn-end, failing, restarting, leaving.
// Invariant: at most one turn is open.
import { activate } from "./activation.ts";
import { Agenda } from "./agenda.ts";
import type { Actor } from "./actor.ts";
import type { SettledOptions } from "./actor-options.ts";
import type { ActorAddress, Resident } from "./address.ts";
import { CellContext } from "./context.ts";
import type { Runnable } from "./dispatcher.ts";
import type { DurableCell, DurableState } from "./durability.ts";
import type { Envelope } from "./envelope.ts";
import { MailboxFull } from "./errors.ts";
import { Gate, type Output } from "./gate.ts";
import type { HostedType } from "./hosted-type.ts";
import { type Kernel, refuse } from "./kernel.ts";
import { type Abandonment, abandon, finishLeaving, gone, type Leave, leave } from "./leaving.ts";
import { type LifecycleEvent, type LifecycleState, nextState } from "./lifecycle.ts";
import { receive } from "./receiving.ts";
import { restart } from "./restarting.ts";
import { rollBack } from "./rolling-back.ts";
import { noteBusy } from "./sweeping.ts";
import { Ties } from "./ties.ts";

export class Cell implements Runnable, DurableCell, Resident {
  readonly hosted: HostedType;
  readonly address: ActorAddress;
  readonly parent: Cell | undefined;
  state: LifecycleState = "starting";

  // The incarnation: replaced as a whole when the actor restarts.
  incarnation = 0;
  actor: Actor | undefined = undefined;
  durable: DurableState | undefined = undefined;
  gate: Gate | undefined = undefined;

  /** Its mailbox and its open turn, while there is any. */
  agenda: Agenda | undefined = undefined;
  isScheduled = false;
  isPaused = false;
  isFolding = false;
  /** Asked to leave while a turn was open or a restart under way. */
  leaving: Leave | undefined = undefined;
  /** The look for idle actors (`HostedType.round`) before which it was sent a message last. */
  round: number;
  ties: Ties | undefined = undefined;

  constructor(hosted: HostedType, address: ActorAddress, parent?: Cell) {
    this.hosted = hosted;
    this.address = address;
    this.parent = parent;
    this.round = hosted.round;
  }

  activate(): void {
    activate(this);
  }

  restart(delayMs: number): void {
    restart(this, delayMs);
  }

  leave(how: Leave): void {
    leave(this, how);
  }

  abandon(why: Abandonment): void {
    abandon(this, why);
  }

  gone(): Promise<void> {
    return gone(this);
  }

  /** One step of the statechart; a step that it does not have is a bug of the kernel. */
  step(event: LifecycleEvent): void {
    const next = nextState(this.state, event);
    if (next === undefined) throw new Error(`${this.address.toString()}: no "${event}" in state "${this.state}"`);
    this.state = next;
  }

  get kernel(): Kernel {
    return this.hosted.kernel;
  }

  get options(): SettledOptions {
    return this.ties?.options ?? this.hosted.options;
  }

  get isGone(): boolean {
    return this.state === "stopped" || this.state === "failed";
  }

  /** Whether this incarnation is still the one that some waiting code belongs to. */
  is(incarnation: number): boolean {
    return this.incarnation === incarnation && !this.isGone;
  }

  enqueue(envelope: Envelope): void {
    const { ties, hosted } = this;
    const { mailboxCapacity } = ties === undefined || ties.options === undefined ? hosted.options : ties.options;
    const agenda = (this.agenda ??= new Agenda());
    if (agenda.length >= mailboxCapacity) return this.#turnAway(envelope);
    agenda.push(envelope);
    this.round = hosted.round;
    if (!this.isScheduled && this.canReceive()) this.schedule();
  }

  /** What the actor does by itself goes ahead of messages, and past the bound. */
  enqueueInner(turn: Envelope): void {
    if (this.isGone) return;
    this.ownAgenda().pushInner(turn);
    this.#wake();
  }

  /** The message whose turn is open. */
  get envelope(): Envelope | undefined {
    return this.agenda === undefined ? undefined : this.agenda.envelope;
  }

  get hasMessages(): boolean {
    return this.agenda !== undefined && !this.agenda.isEmpty;
  }

  ownAgenda(): Agenda {
    return (this.agenda ??= new Agenda());
  }

  ownTies(): Ties {
    return (this.ties ??= new Ties());
  }

  createContext(actor: Actor): CellContext {
    return new CellContext(this, actor === this.actor ? this.incarnation : -1);
  }

  canReceive(): boolean {
    const isFree = this.envelope === undefined && !this.isPaused && this.leaving === undefined;
    return this.state === "running" && isFree && this.gate?.isFull !== true;
  }

  schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.kernel.dispatcher.schedule(this);
  }

  run(budget: number): boolean {
    if (this.incarnation === 0) this.activate();
    if (this.hosted.isLimited && this.parent === undefined) noteBusy(this);
    if (this.agenda !== undefined) receive(this, this.agenda, budget);
    this.isScheduled = this.hasMessages && this.canReceive();
    if (!this.isScheduled) this.#restLater();
    if (this.durable !== undefined) this.durable.passEnded();
    return this.isScheduled;
  }

  /** @throws TypeError when no turn of this incarnation is open, so that nothing leaves under a wrong cause. */
  openEnvelope(what: string, incarnation: number = this.incarnation): Envelope {
    const { envelope } = this;
    if (incarnation === this.incarnation && !this.isFolding && envelope !== undefined) return envelope;
    const why =
      incarnation !== this.incarnation
        ? "by an object that was replaced; its turn does not count."
        : this.isFolding
          ? "while events are folded; apply, restore and snapshot only compute."
          : "while no turn is open; await what a handler starts.";
    throw new TypeError(`${this.address.toString()}: ${what} ${why}`);
  }

  isGateOpen(version: number): boolean {
    if (this.gate !== undefined) return this.gate.isOpen(version);
    return this.kernel.permit === undefined || this.kernel.permit.granted();
  }

  hold(output: Output): void {
    this.gate ??= new Gate(this.kernel.permit);
    this.gate.push(output);
  }

  durableUpTo(version: number): void {
    if (this.gate === undefined) return;
    this.gate.durable = version;
    this.reopenGate();
  }

  /** Lets go what may leave, and goes on where a full gate was in the way. */
  reopenGate(): void {
    this.gate?.release();
    this.#wake();
  }

  refused(version: number, error: Error): void {
    rollBack(this, version, error);
  }

  fenced(reason: string): void {
    this.kernel.events.publish({ type: "incarnation-lost", address: this.address.toString(), reason });
    abandon(this, { reason: "incarnation-lost", isProven: true });
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.#wake();
  }

  /** After a turn or an activation: go on, or leave if that was asked for meanwhile. */
  proceed(): void {
    if (this.leaving !== undefined) finishLeaving(this);
    else if (this.hasMessages) this.#wake();
    else this.#restLater();
  }

  /** Nothing finds it any more. */
  forget(): void {
    if (this.parent === undefined) this.hosted.cells.delete(this.address.id);
    else this.parent.ties?.children?.delete(this.address.id);
    this.hosted.resident--;
  }

  /** An idle actor has no agenda; one that has its next message in a moment keeps it. */
  rest(): void {
    if (this.agenda === undefined) return;
    if (this.agenda.isDone) this.agenda = undefined;
    else this.agenda.isResting = false;
  }

  #restLater(): void {
    const { agenda } = this;
    if (agenda === undefined || agenda.isResting) return;
    agenda.isResting = true;
    this.kernel.dispatcher.restLater(this);
  }

  #wake(): void {
    if (this.hasMessages && this.canReceive()) this.schedule();
  }

  #turnAway(envelope: Envelope): void {
    const { address, kernel, options } = this;
    const retryAfterMs = this.ownAgenda().retryAfterMs(kernel.clock.now());
    refuse(kernel, envelope, new MailboxFull(address.toString(), options.mailboxCapacity, retryAfterMs));
  }
}

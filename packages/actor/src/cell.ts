// One actor as the kernel sees it: its address, what it has to do, and the incarnation that lives in it now. The phases of its
// life (activation, receiving, turn-end, restarting, leaving) stand in files of their own. Invariant: at most one turn is open.
import { Agenda } from "./agenda.ts";
import type { Actor } from "./actor.ts";
import type { SettledOptions } from "./actor-options.ts";
import { ActorAddress, type Resident } from "./address.ts";
import { CellContext } from "./context.ts";
import type { Runnable } from "./dispatcher.ts";
import type { DurableCell, DurableState } from "./durability.ts";
import { type Effect, letGo } from "./effects.ts";
import type { Envelope } from "./envelope.ts";
import type { Gate } from "./gate.ts";
import type { HostedType } from "./hosted-type.ts";
import type { Kernel } from "./kernel.ts";
import { type Abandonment, abandon, finishLeaving, gone, type Leave, leave } from "./leaving.ts";
import { type LifecycleEvent, type LifecycleState, nextState } from "./lifecycle.ts";
import { receive, turnAway } from "./receiving.ts";
import { restart } from "./restarting.ts";
import { rollBack } from "./rolling-back.ts";
import { noteBusy } from "./sweeping.ts";
import { Ties } from "./ties.ts";
import { whyNoTurn } from "./turn.ts";

export class Cell implements Runnable, DurableCell, Resident, Effect {
  declare readonly hosted: HostedType;
  /** Its address, or the name of a child, whose address is worked out when somebody asks. */
  declare private place: ActorAddress | string | number;
  declare readonly parent: Cell | undefined;
  /** Its neighbours among the children of its parent. */
  declare older: Cell | undefined;
  declare younger: Cell | undefined;
  /** Makes its object in place of what its type says. */
  declare create: (() => Actor | Promise<Actor>) | undefined;
  declare state: LifecycleState;

  // The incarnation: replaced when the actor restarts, but for the gate, which keeps what still has to leave.
  declare incarnation: number;
  declare actor: Actor | undefined;
  declare durable: DurableState | undefined;
  declare gate: Gate | undefined;

  /** Its mailbox and its open turn, while there is any. */
  declare agenda: Agenda | undefined;
  declare isScheduled: boolean;
  declare nextReady: Cell | undefined;
  /** Whether turns may begin at all: it runs, nothing holds it up, and it was not asked to leave. */
  declare isOpen: boolean;
  /** Asked to leave while a turn was open or a restart under way. */
  declare leaving: Leave | undefined;
  /** The look for idle actors (`HostedType.round`) before which it handled a message last. */
  declare round: number;
  declare ties: Ties | undefined;

  constructor(hosted: HostedType, place: ActorAddress | string | number, parent?: Cell) {
    this.hosted = hosted;
    this.place = place;
    this.parent = parent;
    this.older = undefined;
    this.younger = undefined;
    this.create = undefined;
    this.state = "starting";
    this.incarnation = 0;
    this.actor = undefined;
    this.durable = undefined;
    this.gate = undefined;
    this.agenda = undefined;
    this.isScheduled = false;
    this.nextReady = undefined;
    this.isOpen = false;
    this.leaving = undefined;
    this.round = hosted.round;
    this.ties = undefined;
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
    this.#review();
  }

  get kernel(): Kernel {
    return this.hosted.kernel;
  }

  /** It is found where it is. */
  get resident(): Resident {
    return this;
  }

  get address(): ActorAddress {
    const { place } = this;
    return typeof place === "object" ? place : this.#locate(String(place));
  }

  get options(): SettledOptions {
    return this.ties?.options ?? this.hosted.options;
  }

  /** Only durable actors fold, and they have a gate. */
  get isFolding(): boolean {
    return this.gate !== undefined && this.gate.isFolding;
  }

  set isFolding(is: boolean) {
    if (this.gate !== undefined) this.gate.isFolding = is;
  }

  /** A spawned actor is what the turn of its parent does: it starts (unless the parent ended at the gate), or never was. */
  get command(): undefined {
    return undefined;
  }

  occur(): void {
    if (!this.isGone) this.schedule();
  }

  undo(): void {
    this.abandon({ reason: "leaving", isProven: true });
  }

  get isGone(): boolean {
    return this.state === "stopped" || this.state === "failed";
  }

  /** Whether this incarnation is still the one that some waiting code belongs to. */
  is(incarnation: number): boolean {
    return this.incarnation === incarnation && !this.isGone;
  }

  enqueue(envelope: Envelope): void {
    const agenda = this.agenda ?? this.ownAgenda();
    if (agenda.isFull) return turnAway(this, envelope, agenda);
    agenda.push(envelope);
    if (this.isScheduled || !this.canReceive()) return;
    this.isScheduled = true;
    this.hosted.kernel.dispatcher.schedule(this);
  }

  /** What the actor does by itself goes ahead of messages, and past the bound. */
  enqueueInner(turn: Envelope): void {
    if (this.isGone) return;
    this.ownAgenda().pushInner(turn);
    this.#wake();
  }

  /** Behind what others have sent, and past the bound. */
  enqueueLast(turn: Envelope): void {
    if (this.isGone) return;
    this.ownAgenda().push(turn);
    this.#wake();
  }

  /** The message whose turn is open. */
  get envelope(): Envelope | undefined {
    return this.agenda === undefined ? undefined : this.agenda.envelope;
  }

  ownAgenda(): Agenda {
    return (this.agenda ??= new Agenda(this.options.mailboxCapacity));
  }

  ownTies(): Ties {
    return (this.ties ??= new Ties());
  }

  get hasChildren(): boolean {
    return this.ties?.children !== undefined && this.ties.children.count > 0;
  }

  createContext(actor: Actor): CellContext {
    return new CellContext(this, actor === this.actor ? this.incarnation : -1);
  }

  canReceive(): boolean {
    return this.isOpen && this.envelope === undefined && (this.gate === undefined || !this.gate.isFull);
  }

  schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.kernel.dispatcher.schedule(this);
  }

  run(budget: number): boolean {
    this.isScheduled = receive(this, budget);
    if (!this.isScheduled) this.#restLater();
    if (this.durable !== undefined) this.durable.passEnded();
    return this.isScheduled;
  }

  /** @throws TypeError when no turn of this incarnation is open, so that nothing leaves under a wrong cause. */
  openEnvelope(what: string, incarnation: number = this.incarnation): Envelope {
    const { envelope } = this;
    if (incarnation === this.incarnation && !this.isFolding && envelope !== undefined) return envelope;
    throw new TypeError(`${this.address.toString()}: ${what} ${whyNoTurn(this, incarnation)}`);
  }

  letGo(): void {
    if (this.envelope !== undefined) letGo(this, this.envelope);
  }

  durableUpTo(version: number): void {
    if (this.gate !== undefined) this.gate.durable = version;
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
    if (this.gate !== undefined) this.gate.isPaused = true;
    this.#review();
  }

  resume(): void {
    if (this.gate !== undefined) this.gate.isPaused = false;
    this.#review();
    this.#wake();
  }

  /** After a turn or an activation: go on, or leave if that was asked for meanwhile. */
  proceed(): void {
    if (this.leaving !== undefined) finishLeaving(this);
    else if (this.agenda?.isEmpty === false) this.#wake();
    else this.#restLater();
  }

  /** At the next moment without an open turn it leaves. */
  willLeave(how: Leave): void {
    this.leaving = how;
    this.#review();
  }

  /** Nothing finds it any more. */
  forget(): void {
    if (this.parent === undefined) this.hosted.cells.delete(this.address.id);
    else this.parent.ties?.children?.remove(this);
    this.hosted.resident--;
  }

  /** An idle actor has no agenda; one that has its next message in a moment keeps it. */
  rest(): void {
    if (this.agenda === undefined) return;
    if (this.agenda.taken > 0) this.round = this.hosted.round;
    if (this.agenda.isDone) this.agenda = undefined;
    else this.agenda.isResting = false;
  }

  #locate(name: string): ActorAddress {
    const address = new ActorAddress(this.hosted.info.type, name, this.parent?.address);
    address.resident = this;
    return (this.place = address);
  }

  #review(): void {
    this.isOpen = this.state === "running" && this.gate?.isPaused !== true && this.leaving === undefined;
  }

  #restLater(): void {
    const { agenda } = this;
    if (agenda === undefined || agenda.isResting) return;
    agenda.isResting = true;
    if (this.hosted.isLimited && this.parent === undefined) noteBusy(this);
    this.kernel.dispatcher.restLater(this);
  }

  #wake(): void {
    if (this.agenda?.isEmpty === false && this.canReceive()) this.schedule();
  }
}

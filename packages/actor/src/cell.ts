// One actor as the kernel sees it: its address, what it has to do, and the incarnation that lives in it now. The phases of its
// life (activation, receiving, turn-end, restarting, leaving) stand in files of their own. Invariant: at most one turn is open.
import type { Agenda } from "./agenda.ts";
import type { Actor } from "./actor.ts";
import type { SettledOptions } from "./actor-options.ts";
import { ActorAddress, type Resident } from "./address.ts";
import { CellContext } from "./context.ts";
import type { Runnable } from "./dispatcher.ts";
import type { DurableCell, DurableState } from "./durability.ts";
import { type Effect, letGo } from "./effects.ts";
import type { Envelope } from "./envelope.ts";
import type { Flag } from "./flag.ts";
import type { Gate } from "./gate.ts";
import type { HostedType } from "./hosted-type.ts";
import type { Kernel } from "./kernel.ts";
import { type Abandonment, abandon, finishLeaving, gone, type Leave, leave } from "./leaving.ts";
import { type LifecycleEvent, type LifecycleState, nextState } from "./lifecycle.ts";
import { receive, turnAway } from "./receiving.ts";
import { restart } from "./restarting.ts";
import { enqueueFirst, makeAgenda, rest, restLater } from "./resting.ts";
import { rollBack } from "./rolling-back.ts";
import { Ties } from "./ties.ts";
import { whyNoTurn } from "./turn.ts";

export class Cell implements Runnable, DurableCell, Resident, Effect {
  // What every message looks at stands together, in the first lines of cache. No private methods: V8 writes a mark for them
  // into each object.
  declare readonly hosted: HostedType;
  declare incarnation: number;
  /** Its mailbox and its open turn, while there is any. */
  declare agenda: Agenda | undefined;
  declare actor: Actor | undefined;
  /** Whether turns may begin at all: it runs, nothing holds it up, and it was not asked to leave. */
  declare isOpen: Flag;
  declare isScheduled: Flag;
  declare nextReady: Cell | undefined;
  /** Kept when the actor restarts, with what still has to leave. */
  declare gate: Gate | undefined;
  declare durable: DurableState | undefined;

  /** The only message that waits for an actor that has not lived yet: it needs no agenda before its turn. */
  declare only: Envelope | undefined;
  declare state: LifecycleState;
  /** The look for idle actors (`HostedType.round`) before which it handled a message last. */
  declare round: number;
  /** Its address, or the name of a child, whose address is worked out when somebody asks. */
  declare private place: ActorAddress | string | number;
  declare readonly parent: Cell | undefined;
  /** Its neighbours among the children of its parent. */
  declare older: Cell | undefined;
  declare younger: Cell | undefined;
  /** Makes its object in place of what its type says. */
  declare create: (() => Actor | Promise<Actor>) | undefined;
  /** Asked to leave while a turn was open or a restart under way. */
  declare leaving: Leave | undefined;
  declare ties: Ties | undefined;

  constructor(hosted: HostedType, place: ActorAddress | string | number, parent?: Cell) {
    this.hosted = hosted;
    this.incarnation = 0;
    this.agenda = undefined;
    this.actor = undefined;
    this.isOpen = false;
    this.isScheduled = false;
    this.nextReady = undefined;
    this.gate = undefined;
    this.durable = undefined;
    this.only = undefined;
    this.state = "starting";
    this.round = hosted.round;
    this.place = place;
    this.parent = parent;
    this.older = undefined;
    this.younger = undefined;
    this.create = undefined;
    this.leaving = undefined;
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
    review(this);
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
    if (typeof place === "object") return place;
    const address = new ActorAddress(this.hosted.info.type, String(place), this.parent?.address);
    address.resident = this;
    return (this.place = address);
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
    const { agenda } = this;
    if (agenda === undefined || agenda.isFull) return enqueueRarely(this, envelope, agenda);
    agenda.push(envelope);
    if (this.isScheduled !== true && this.canReceive()) this.schedule();
  }

  /** What the actor does by itself goes ahead of messages, and past the bound. */
  enqueueInner(turn: Envelope): void {
    if (this.isGone) return;
    this.ownAgenda().pushInner(turn);
    wake(this);
  }

  /** Behind what others have sent, and past the bound. */
  enqueueLast(turn: Envelope): void {
    if (this.isGone) return;
    this.ownAgenda().push(turn);
    wake(this);
  }

  /** The message whose turn is open. */
  get envelope(): Envelope | undefined {
    return this.agenda === undefined ? undefined : this.agenda.envelope;
  }

  ownAgenda(): Agenda {
    return this.agenda ?? makeAgenda(this);
  }

  /** Messages that others sent and that wait. */
  get waiting(): number {
    if (this.agenda !== undefined) return this.agenda.length;
    return this.only === undefined ? 0 : 1;
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
    return this.isOpen === true && this.envelope === undefined && (this.gate === undefined || !this.gate.isFull);
  }

  schedule(): void {
    if (this.isScheduled === true) return;
    this.isScheduled = true;
    this.hosted.kernel.dispatcher.schedule(this);
  }

  run(budget: number): Flag {
    return receive(this, budget);
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
    wake(this);
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
    review(this);
  }

  resume(): void {
    if (this.gate !== undefined) this.gate.isPaused = false;
    review(this);
    wake(this);
  }

  /** After a turn or an activation: go on, or leave if that was asked for meanwhile. */
  proceed(): void {
    if (this.leaving !== undefined) finishLeaving(this);
    else if (this.agenda?.isEmpty === false) wake(this);
    else restLater(this);
  }

  /** At the next moment without an open turn it leaves. */
  willLeave(how: Leave): void {
    this.leaving = how;
    review(this);
  }

  /** Nothing finds it any more. */
  forget(): void {
    if (this.parent === undefined) this.hosted.cells.delete(this.address.id);
    else this.parent.ties?.children?.remove(this);
    this.hosted.resident--;
  }

  rest(): void {
    rest(this);
  }
}

function review(cell: Cell): void {
  cell.isOpen = cell.state === "running" && cell.gate?.isPaused !== true && cell.leaving === undefined;
}

/** There is no mailbox yet, or no room in it. */
function enqueueRarely(cell: Cell, envelope: Envelope, agenda: Agenda | undefined): void {
  if (agenda === undefined) enqueueFirst(cell, envelope);
  else turnAway(cell, envelope, agenda);
}

function wake(cell: Cell): void {
  if (cell.agenda?.isEmpty === false && cell.canReceive()) cell.schedule();
}

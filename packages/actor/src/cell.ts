// One actor as the kernel sees it: its address, its mailbox, and the incarnation that lives in it now. The phases of its
// life stand in files of their own: activation, receiving, ending a turn, leaving. Invariant: at most one turn is open.
import type { Actor } from "./actor.ts";
import { activate } from "./activation.ts";
import type { ActorAddress } from "./address.ts";
import type { Runnable } from "./dispatcher.ts";
import type { DurableCell, DurableState } from "./durability.ts";
import type { Envelope } from "./envelope.ts";
import { MailboxFull } from "./errors.ts";
import { Gate, type Output } from "./gate.ts";
import type { HostedType } from "./hosted-type.ts";
import { type Kernel, refuse } from "./kernel.ts";
import { abandon, finishLeaving, restart, rollBack } from "./leaving.ts";
import { type LifecycleEvent, type LifecycleState, nextState } from "./lifecycle.ts";
import { Mailbox } from "./mailbox.ts";
import { receive } from "./receiving.ts";

/** A hint for senders that met a full mailbox; one pass over a full one takes about as long. */
const retryAfterMs = 50;

export class Cell implements Runnable, DurableCell {
  readonly kernel: Kernel;
  readonly hosted: HostedType;
  readonly address: ActorAddress;
  readonly mailbox: Mailbox;
  state: LifecycleState = "starting";

  // The incarnation: replaced as a whole when the actor restarts.
  incarnation = 0;
  actor: Actor | undefined = undefined;
  durable: DurableState | undefined = undefined;
  gate: Gate | undefined = undefined;

  // The open turn.
  envelope: Envelope | undefined = undefined;
  tells: Envelope[] | undefined = undefined;
  nestedCalls = 0;
  /** The version that it began with. */
  openedAt = 0;

  isScheduled = false;
  isPaused = false;
  isFolding = false;
  /** Asked to leave while a turn was open or a restart under way. */
  isLeaving = false;
  /** Called once nothing is left of it. */
  onGone: (() => void) | undefined = undefined;

  constructor(kernel: Kernel, hosted: HostedType, address: ActorAddress) {
    this.kernel = kernel;
    this.hosted = hosted;
    this.address = address;
    this.mailbox = new Mailbox(hosted.mailboxCapacity);
  }

  activate(): void {
    activate(this);
  }

  restart(): void {
    restart(this);
  }

  /** One step of the statechart; a step that it does not have is a bug of the kernel. */
  step(event: LifecycleEvent): void {
    const next = nextState(this.state, event);
    if (next === undefined) throw new Error(`${this.address.toString()}: no "${event}" in state "${this.state}"`);
    this.state = next;
  }

  /** Whether this incarnation is still the one that some waiting code belongs to. */
  is(incarnation: number): boolean {
    return this.incarnation === incarnation && this.state !== "stopped" && this.state !== "failed";
  }

  enqueue(envelope: Envelope): void {
    if (!this.mailbox.push(envelope)) {
      refuse(this.kernel, envelope, new MailboxFull(this.address.toString(), this.mailbox.capacity, retryAfterMs));
      return;
    }
    if (!this.isScheduled && this.canReceive()) this.schedule();
  }

  canReceive(): boolean {
    const isFree = this.envelope === undefined && !this.isPaused && !this.isLeaving;
    return this.state === "running" && isFree && this.gate?.isFull !== true;
  }

  schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.kernel.dispatcher.schedule(this);
  }

  run(budget: number): boolean {
    if (this.state === "starting") this.activate();
    receive(this, budget);
    this.isScheduled = this.canReceive() && this.mailbox.length > 0;
    if (this.mailbox.length === 0) this.mailbox.trim();
    this.durable?.passEnded();
    return this.isScheduled;
  }

  /** @throws TypeError when no turn of this incarnation is open, so that nothing leaves under a wrong cause. */
  openEnvelope(what: string, incarnation: number = this.incarnation): Envelope {
    if (incarnation !== this.incarnation) {
      throw new TypeError(
        `${this.address.toString()}: ${what} by an object that was replaced; its turn does not count.`,
      );
    }
    if (this.isFolding) {
      throw new TypeError(
        `${this.address.toString()}: ${what} while events are folded; apply, restore and snapshot only compute.`,
      );
    }
    if (this.envelope !== undefined) return this.envelope;
    throw new TypeError(`${this.address.toString()}: ${what} while no turn is open; await what a handler starts.`);
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
    if (this.isLeaving) finishLeaving(this);
    else this.#wake();
  }

  #wake(): void {
    if (this.mailbox.length > 0 && this.canReceive()) this.schedule();
  }
}

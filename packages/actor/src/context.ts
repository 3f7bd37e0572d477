// `this.ctx`: what a handler needs of the runtime, and nothing else. What it does takes place with the open turn.
import type { Logger } from "pino";
import { type Actor, contextOf } from "./actor.ts";
import { type ActorClass, describeClass } from "./actor-class.ts";
import {
  type ActorTimers,
  checkMs,
  checkTimer,
  checkTimerName,
  TimerChange,
  type TimerSettings,
} from "./actor-timers.ts";
import { ActorAddress, type ActorId } from "./address.ts";
import type { Cell } from "./cell.ts";
import { type SpawnOptions, spawn, stopChild } from "./children.ts";
import { type Arguments, type Envelope, type Headers, PlainTell } from "./envelope.ts";
import type { Kernel } from "./kernel.ts";
import { type ActorRef, createRef, type Sender, type Target } from "./ref.ts";
import type { TerminationReason } from "./ties.ts";
import { askFrom, tellFrom } from "./turn-sender.ts";
import { watch } from "./watching.ts";
import { runOutside } from "./work.ts";

export interface ActorContext {
  readonly id: ActorId;
  readonly address: ActorAddress;
  /** A ref to this actor itself. An ask through it would wait for itself and is refused. */
  self<A extends Actor>(actorClass: ActorClass<A>): ActorRef<A>;
  /** A ref whose messages leave with the open turn: tells at its end, an ask once what it has seen is durable. */
  ref<A extends Actor>(actorClass: ActorClass<A>, id: ActorId): ActorRef<A>;
  /**
   * A child: a volatile actor of its own that lives on this node and ends with this incarnation. It starts when the turn ends.
   * @throws TypeError for a durable class or a name that is taken
   */
  spawn<A extends Actor>(actorClass: ActorClass<A>, options?: SpawnOptions<A>): ActorRef<A>;
  /**
   * Ends a child, or without one this actor itself, at the end of the open turn. What waits for a stopped child is refused
   * (`ACTOR_STOPPED`); an actor that has no parent leaves memory, and its next message brings it back.
   */
  stop(...child: [] | [child: ActorRef<Actor>]): void;
  /**
   * Calls back once, as a turn of this actor, when the other one is gone; at once if it is not in memory now. A restart does
   * not count. The watch ends with this incarnation, or when the returned function is called.
   * @throws WatchUnavailable (`ACTOR_WATCH_UNAVAILABLE`) where the other may live on a node that cannot tell
   */
  watch(ref: ActorRef<Actor>, onTerminated: (why: TerminationReason) => unknown): () => void;
  /** In-memory timers; each firing is a turn. */
  readonly timers: ActorTimers;
  /**
   * Work outside: starts when all that the turn has seen is durable, leaves the mailbox open, and what it gives arrives as a
   * turn of its own. At most once; the signal is aborted when this incarnation ends. Work that fails without `onFailed` is a
   * `work-failed` among the system's events.
   */
  run<T>(
    work: (signal: AbortSignal) => T | Promise<T>,
    onDone?: (result: T) => unknown,
    onFailed?: (error: unknown) => unknown,
  ): void;
  /** Milliseconds since the epoch, by the system's clock. Not for `apply`, which must not depend on when it runs. */
  now(): number;
  /** Uniform in [0, 1), from the system's source. Not for `apply`. */
  random(): number;
  readonly log: Logger;
  /** The message of the open turn. @throws TypeError when no turn is open */
  readonly message: MessageInfo;
}

export interface MessageInfo {
  readonly sender: ActorAddress | undefined;
  readonly headers: Headers;
  readonly commandId: string | undefined;
  /** Whether somebody waits for the answer: an ask, no tell. */
  readonly wantsReply: boolean;
  /** Milliseconds that are left; `Infinity` where an actor does something by itself. */
  readonly remainingMs: number;
}

/** The context of one object. A ref made by it may travel by reference: whoever uses it in a turn is the sender. */
export class CellContext implements ActorContext, Sender, ActorTimers {
  readonly #cell: Cell;
  /** That of the object; -1 for one that was replaced before it asked. */
  readonly #incarnation: number;

  readonly #kernel: Kernel;

  constructor(cell: Cell, incarnation: number) {
    this.#cell = cell;
    this.#kernel = cell.kernel;
    this.#incarnation = incarnation;
  }

  /** It is made already. */
  createContext(): this {
    return this;
  }

  get id(): ActorId {
    return this.#cell.address.id;
  }

  get address(): ActorAddress {
    return this.#cell.address;
  }

  self<A extends Actor>(actorClass: ActorClass<A>): ActorRef<A> {
    const info = describeClass(actorClass);
    const { type } = this.#cell.hosted.info;
    if (info.type === type) return createRef(this, info, this.#cell.address);
    throw new TypeError(
      `ctx.self(${actorClass.name}): this actor is a "${type}", no "${info.type}"; use its own class.`,
    );
  }

  ref<A extends Actor>(actorClass: ActorClass<A>, id: ActorId): ActorRef<A> {
    const info = describeClass(actorClass);
    return createRef(this, info, new ActorAddress(info.type, id));
  }

  spawn<A extends Actor>(actorClass: ActorClass<A>, options?: SpawnOptions<A>): ActorRef<A> {
    CellContext.#open(this, "spawn");
    const info = describeClass(actorClass);
    return createRef(this, info, spawn(this.#cell, info, options));
  }

  stop(...child: [] | [child: ActorRef<Actor>]): void {
    CellContext.#open(this, "stop");
    const cell = this.#cell;
    const address = child.length === 0 ? cell.address : child[0]?.address;
    if (address === undefined) throw new TypeError("ctx.stop: the child is undefined; without one, give no argument.");
    cell.ownAgenda().add(stopChild(cell, address));
  }

  watch(ref: ActorRef<Actor>, onTerminated: (why: TerminationReason) => unknown): () => void {
    CellContext.#open(this, "watch");
    return watch(this.#cell, ref, onTerminated);
  }

  get timers(): ActorTimers {
    return this;
  }

  once(name: string, delayMs: number, task: () => unknown): void {
    checkTimer("timers.once", name, task);
    const delay = checkMs("timers.once", delayMs, 0);
    CellContext.#setTimer(this, name, { delayMs: delay, periodMs: undefined, task });
  }

  every(name: string, periodMs: number, task: () => unknown): void {
    checkTimer("timers.every", name, task);
    const delayMs = checkMs("timers.every", periodMs, 1);
    CellContext.#setTimer(this, name, { delayMs, periodMs, task });
  }

  cancel(name: string): void {
    checkTimerName("timers.cancel", name);
    CellContext.#open(this, "timers.cancel");
    this.#cell.ownAgenda().add(new TimerChange(this.#cell, name, undefined));
  }

  has(name: string): boolean {
    checkTimerName("timers.has", name);
    return this.#cell.ties?.timers?.has(name) === true;
  }

  run<T>(
    work: (signal: AbortSignal) => T | Promise<T>,
    onDone?: (result: T) => unknown,
    onFailed?: (error: unknown) => unknown,
  ): void {
    CellContext.#open(this, "run");
    this.#cell.ownAgenda().add(runOutside(this.#cell, { work, onDone, onFailed }));
  }

  now(): number {
    return this.#cell.kernel.clock.wall();
  }

  random(): number {
    return this.#cell.kernel.random.next();
  }

  get log(): Logger {
    return this.#cell.kernel.log.child({ actor: this.#cell.address.toString() });
  }

  get message(): MessageInfo {
    const { sender, headers, commandId, deadline, reply } = CellContext.#open(this, "ctx.message");
    return {
      sender: sender?.address,
      headers: headers ?? {},
      commandId,
      wantsReply: reply?.wantsReply === true,
      remainingMs: deadline - this.#cell.kernel.clock.now(),
    };
  }

  ask(target: Target, command: string, args: Arguments): Promise<unknown> {
    const sender = CellContext.#actualSender(this);
    if (sender !== this) return sender.ask(target, command, args);
    CellContext.#open(this, "ask");
    return askFrom(this.#cell, target, command, args);
  }

  tell(target: Target, command: string, args: Arguments): void {
    const cell = this.#cell;
    const { agenda } = cell;
    if (agenda !== undefined && agenda.speaker === this.#incarnation && target.isPlain === true) {
      const { dispatcher, askTimeoutMs } = this.#kernel;
      const tell = new PlainTell(target.place, command, args, dispatcher.now + askTimeoutMs);
      tell.sender = cell;
      return agenda.addTell(tell);
    }
    const sender = CellContext.#actualSender(this);
    if (sender !== this) return sender.tell(target, command, args);
    CellContext.#open(this, "tell");
    tellFrom(cell, target, command, args);
  }

  // Static, since V8 writes a mark into each object whose class has private methods.

  /** The ref may have come in a message: in the synchronous part of a turn it speaks for the actor whose turn it is. */
  static #actualSender(context: CellContext): CellContext {
    const { current } = context.#kernel.dispatcher;
    return current === undefined || current === context.#cell ? context : contextOf(current.actor as Actor);
  }

  static #setTimer(context: CellContext, name: string, timer: TimerSettings): void {
    const cell = context.#cell;
    CellContext.#open(context, "timers");
    cell.ownAgenda().add(new TimerChange(cell, name, timer));
  }

  static #open(context: CellContext, what: string): Envelope {
    return context.#cell.openEnvelope(what, context.#incarnation);
  }
}

// `this.ctx`: what a handler needs of the runtime, and nothing else. What it sends passes the gate of the open turn.
import type { Logger } from "pino";
import type { Actor } from "./actor.ts";
import { type ActorClass, describeClass } from "./actor-class.ts";
import { ActorAddress, type ActorId } from "./address.ts";
import type { Cell } from "./cell.ts";
import type { Headers } from "./envelope.ts";
import { type ActorRef, createRef, type Sender } from "./ref.ts";

export interface ActorContext {
  readonly id: ActorId;
  readonly address: ActorAddress;
  /** A ref to this actor itself. An ask through it would wait for itself and is refused. */
  self<A extends Actor>(actorClass: ActorClass<A>): ActorRef<A>;
  /** A ref whose messages leave with the open turn: tells at its end, an ask once what it has seen is durable. */
  ref<A extends Actor>(actorClass: ActorClass<A>, id: ActorId): ActorRef<A>;
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
  /** Milliseconds that are left. */
  readonly remainingMs: number;
}

export class CellContext implements ActorContext {
  readonly #cell: Cell;
  readonly #incarnation: number;
  readonly #sender: Sender;

  constructor(cell: Cell, sender: Sender) {
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
    this.#sender = sender;
  }

  get id(): ActorId {
    return this.#cell.address.id;
  }

  get address(): ActorAddress {
    return this.#cell.address;
  }

  self<A extends Actor>(actorClass: ActorClass<A>): ActorRef<A> {
    return createRef(this.#sender, describeClass(actorClass), this.#cell.address);
  }

  ref<A extends Actor>(actorClass: ActorClass<A>, id: ActorId): ActorRef<A> {
    const info = describeClass(actorClass);
    return createRef(this.#sender, info, new ActorAddress(info.type, id));
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
    const { sender, headers, commandId, deadline } = this.#cell.openEnvelope("ctx.message", this.#incarnation);
    return { sender, headers: headers ?? {}, commandId, remainingMs: deadline - this.#cell.kernel.clock.now() };
  }
}

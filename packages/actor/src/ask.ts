// One ask of this node: envelope, reply target and deadline in one object, with no timer of its own.
import type { ActorAddress, Addressed } from "./address.ts";
import { deadlineOf, headersOf, type CommandIdentity } from "./asking.ts";
import { attach } from "./codec.ts";
import type { CommandOwner } from "./command-id.ts";
import type { Expirable } from "./deadlines.ts";
import { doubtAbout } from "./doubt.ts";
import { type Arguments, type Envelope, type Headers, noChain, type ReplyTo } from "./envelope.ts";
import { AskTimeout, type Undelivered } from "./errors.ts";
import { type Kernel, resend } from "./kernel.ts";
import type { Target } from "./ref.ts";

type Settle = (value: unknown) => void;

let resolveLast: Settle;
let rejectLast: Settle;

/** One function for all promises, where a closure would be made for each. */
function capture(resolve: Settle, reject: Settle): void {
  resolveLast = resolve;
  rejectLast = reject;
}

export class Ask implements Envelope, ReplyTo, Expirable, CommandOwner {
  declare readonly place: Addressed;
  declare readonly command: string;
  declare readonly args: Arguments;
  declare deadline: number;
  declare sender: Addressed | undefined;
  declare readonly answeredBelow: number;
  declare chain: readonly string[];
  declare readonly headers: Headers | undefined;
  declare next: Envelope | null | undefined;

  declare isSettled: boolean;
  declare nextDue: Expirable | undefined;
  declare previousDue: Expirable | undefined;
  declare private readonly kernel: Kernel;
  declare private readonly askedAt: number;
  /** Chosen, or made from that of the turn that asks. */
  declare private readonly id: string | undefined;
  /** Its number in the session, where it has one; else 0. */
  declare readonly n: number;
  declare private resolve: Settle | undefined;
  declare private reject: Settle | undefined;
  /** Takes the listener off the caller's signal, which may outlive many asks. */
  declare private unlisten: (() => void) | undefined;

  constructor(
    kernel: Kernel,
    target: Target,
    [command, args]: readonly [string, Arguments],
    identity: CommandIdentity,
  ) {
    const now = Math.ceil(kernel.clock.now());
    this.place = target.place;
    this.command = command;
    this.args = args;
    this.deadline = deadlineOf(kernel, target, now);
    this.sender = undefined;
    this.id = identity.id;
    this.n = identity.n;
    this.answeredBelow = identity.answeredBelow;
    this.chain = noChain;
    this.headers = headersOf(target);
    this.next = undefined;
    this.isSettled = false;
    this.nextDue = undefined;
    this.previousDue = undefined;
    this.kernel = kernel;
    this.askedAt = now;
    this.resolve = undefined;
    this.reject = undefined;
    this.unlisten = undefined;
  }

  /** Most are never read: whoever does the command on this node knows it by its number. */
  get commandId(): string | undefined {
    return this.n === 0 ? this.id : this.kernel.session.commandId(this.n);
  }

  get owner(): CommandOwner | undefined {
    return this.n === 0 ? undefined : this;
  }

  get session(): string {
    return this.kernel.session.id;
  }

  get to(): ActorAddress {
    return this.place.address;
  }

  get reply(): ReplyTo {
    return this;
  }

  get wantsReply(): boolean {
    return true;
  }

  /** Starts the waiting for the answer. @returns what settles with it */
  begin(signal: AbortSignal | undefined): Promise<unknown> {
    const promise = new Promise(capture);
    this.resolve = resolveLast;
    this.reject = rejectLast;
    this.kernel.deadlines.add(this);
    if (signal !== undefined) this.#listen(signal);
    return promise;
  }

  succeed(value: unknown): void {
    if (this.#settle()) this.resolve?.(attach(value));
  }

  fail(error: Error): void {
    if (this.#settle()) this.reject?.(error);
  }

  undelivered(envelope: Envelope, why: Undelivered): void {
    if (!this.isSettled) resend(this.kernel, envelope, why);
  }

  expire(): void {
    if (this.isSettled) return;
    this.#end();
    const timeout = (): Error => new AskTimeout(this.to.toString(), this.command, this.deadline - this.askedAt);
    this.reject?.(doubtAbout(this) ?? timeout());
  }

  #listen(signal: AbortSignal): void {
    if (signal.aborted) return this.#abort(signal);
    const onAbort = (): void => this.#abort(signal);
    signal.addEventListener("abort", onAbort, { once: true });
    this.unlisten = () => signal.removeEventListener("abort", onAbort);
  }

  #abort(signal: AbortSignal): void {
    if (this.#settle()) this.reject?.(signal.reason);
  }

  #settle(): boolean {
    if (this.isSettled) return false;
    this.#end();
    this.kernel.deadlines.remove(this);
    return true;
  }

  #end(): void {
    this.isSettled = true;
    this.unlisten?.();
    if (this.n > 0) this.kernel.session.end(this.n);
  }
}

// One ask of this node: envelope, reply target and deadline in one object, with no timer of its own.
import type { ActorAddress } from "./address.ts";
import { deadlineOf, headersOf, type CommandIdentity } from "./asking.ts";
import { attach } from "./codec.ts";
import type { Expirable } from "./deadlines.ts";
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

export class Ask implements Envelope, ReplyTo, Expirable {
  readonly to: ActorAddress;
  readonly command: string;
  readonly args: Arguments;
  deadline: number;
  sender: ActorAddress | undefined = undefined;
  readonly commandId: string | undefined;
  readonly answeredBelow: number;
  chain: readonly string[] = noChain;
  readonly headers: Headers | undefined;
  next: Envelope | null | undefined = undefined;

  isSettled = false;
  nextDue: Expirable | undefined = undefined;
  previousDue: Expirable | undefined = undefined;
  readonly #kernel: Kernel;
  readonly #askedAt: number;
  /** Its number in the session, where it has one. */
  readonly #n: number | undefined;
  #resolve: Settle | undefined = undefined;
  #reject: Settle | undefined = undefined;
  /** Takes the listener off the caller's signal, which may outlive many asks. */
  #unlisten: (() => void) | undefined = undefined;

  constructor(
    kernel: Kernel,
    target: Target,
    [command, args]: readonly [string, Arguments],
    identity: CommandIdentity,
  ) {
    const now = kernel.clock.now();
    this.to = target.address;
    this.command = command;
    this.args = args;
    this.deadline = deadlineOf(kernel, target, now);
    this.commandId = identity.id;
    this.answeredBelow = identity.answeredBelow;
    this.headers = headersOf(target);
    this.#kernel = kernel;
    this.#askedAt = Math.floor(now);
    this.#n = identity.n;
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
    this.#resolve = resolveLast;
    this.#reject = rejectLast;
    this.#kernel.deadlines.add(this);
    if (signal !== undefined) this.#listen(signal);
    return promise;
  }

  succeed(value: unknown): void {
    if (this.#settle()) this.#resolve?.(attach(value));
  }

  fail(error: Error): void {
    if (this.#settle()) this.#reject?.(error);
  }

  undelivered(envelope: Envelope, why: Undelivered): void {
    if (!this.isSettled) resend(this.#kernel, envelope, why);
  }

  expire(): void {
    if (this.isSettled) return;
    this.#end();
    this.#reject?.(new AskTimeout(this.to.toString(), this.command, this.deadline - this.#askedAt));
  }

  #listen(signal: AbortSignal): void {
    if (signal.aborted) return this.#abort(signal);
    const onAbort = (): void => this.#abort(signal);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#unlisten = () => signal.removeEventListener("abort", onAbort);
  }

  #abort(signal: AbortSignal): void {
    if (this.#settle()) this.#reject?.(signal.reason);
  }

  #settle(): boolean {
    if (this.isSettled) return false;
    this.#end();
    this.#kernel.deadlines.remove(this);
    return true;
  }

  #end(): void {
    this.isSettled = true;
    this.#unlisten?.();
    if (this.#n !== undefined) this.#kernel.session.end(this.#n);
  }
}

// One ask that waits for its answer on this node: a reply target and a deadline in one object, no timer of its own.
import { attach } from "./codec.ts";
import type { Expirable } from "./deadlines.ts";
import type { Envelope, ReplyTo } from "./envelope.ts";
import { AskTimeout, type Undelivered } from "./errors.ts";
import type { Kernel } from "./kernel.ts";

type Settle = (value: unknown) => void;

export class PendingAsk implements ReplyTo, Expirable {
  readonly deadline: number;
  previous: Expirable | undefined;
  next: Expirable | undefined;
  readonly wantsReply = true;
  isSettled = false;
  readonly #kernel: Kernel;
  readonly #n: number | undefined;
  readonly #resolve: Settle;
  readonly #reject: Settle;
  #envelope: Envelope | undefined;
  #askedAt = 0;
  /** Takes the listener off the caller's signal, which may outlive many asks. */
  #unlisten: (() => void) | undefined;

  /** @param command `n` is its number in the session, where it has one */
  constructor(kernel: Kernel, command: { deadline: number; n: number | undefined }, resolve: Settle, reject: Settle) {
    this.#kernel = kernel;
    this.deadline = command.deadline;
    this.#n = command.n;
    this.#resolve = resolve;
    this.#reject = reject;
    this.previous = undefined;
    this.next = undefined;
  }

  /** Starts the waiting for the answer to this envelope. */
  await(envelope: Envelope, signal: AbortSignal | undefined): void {
    this.#envelope = envelope;
    this.#askedAt = this.#kernel.clock.now();
    this.#kernel.deadlines.add(this);
    if (signal === undefined) return;
    if (signal.aborted) return this.#abort(signal);
    const onAbort = (): void => this.#abort(signal);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#unlisten = () => signal.removeEventListener("abort", onAbort);
  }

  succeed(value: unknown): void {
    if (this.#settle()) this.#resolve(attach(value));
  }

  fail(error: Error): void {
    if (this.#settle()) this.#reject(error);
  }

  undelivered(envelope: Envelope, why: Undelivered): void {
    if (!this.isSettled) this.#kernel.outbound.resend(envelope, why);
  }

  expire(): void {
    if (this.isSettled) return;
    this.#end();
    const { to, command } = this.#envelope as Envelope;
    this.#reject(new AskTimeout(to.toString(), command, Math.round(this.deadline - this.#askedAt)));
  }

  #abort(signal: AbortSignal): void {
    if (this.#settle()) this.#reject(signal.reason);
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

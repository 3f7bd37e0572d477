// Sends what expects an answer and brings the answer back. Invariant: what was sent over a connection that is lost is
// failed at once (its outcome is unknown); what was not sent is held, bounded, within its own timeout, until the
// connection is back. The client would drop it silently instead.
import type { NatsConnection } from "@nats-io/transport-node";
import { createHeld, type Held } from "./held.ts";
import type { Inbox } from "./inbox.ts";
import type { Outgoing } from "./outgoing.ts";
import { type Entry, type Failure, type Waiter, Waiters } from "./waiters.ts";

/** What the requester works with. `isConnected` is asked before every send. */
export interface RequesterParts {
  readonly connection: NatsConnection;
  readonly inbox: Inbox;
  readonly isConnected: () => boolean;
  readonly maxHeldRequests: number;
  readonly maxHeldBytes: number;
}

/** The sender of one link. */
export class Requester {
  readonly #parts: RequesterParts;
  readonly #held: Held;
  readonly #waiters: Waiters;
  #isClosed = false;
  #onEmpty: (() => void) | undefined;

  constructor(parts: RequesterParts) {
    this.#parts = parts;
    this.#held = createHeld(parts.maxHeldRequests, parts.maxHeldBytes);
    this.#waiters = new Waiters((token) => this.#forget(token));
  }

  /** Whether something that was sent waits for its answer. */
  get hasSent(): boolean {
    return this.#waiters.some((entry) => entry.wasSent);
  }

  /** Sends, or holds, and settles the waiter in the end. */
  send(outgoing: Outgoing, waiter: Waiter, timeoutMs: number): void {
    if (this.#isClosed) {
      waiter.onFailure({ type: "closed", wasSent: false });
      return;
    }
    const token = this.#parts.inbox.open({
      onMessage: (message) => {
        if (waiter.onAnswer(message)) this.#waiters.remove(token);
        else this.#waiters.extend(entry);
      },
    });
    const entry = this.#waiters.add(token, waiter, timeoutMs);
    if (this.#parts.isConnected()) this.#transmit(token, entry, outgoing);
    else if (!this.#held.add(token, outgoing)) this.#failOne(token, entry, { type: "too-many-held" });
  }

  /** Fails what was sent: its answer would have come over the connection that is gone. */
  onDisconnected(): void {
    this.#waiters.fail(
      (entry) => entry.wasSent,
      () => ({ type: "disconnected", wasSent: true }),
    );
  }

  /** Sends what was held. */
  onReconnected(): void {
    for (const token of this.#held.tokens()) {
      const outgoing = this.#held.take(token);
      const entry = this.#waiters.get(token);
      if (outgoing !== undefined && entry !== undefined) this.#transmit(token, entry, outgoing);
    }
  }

  /** Fails what waits for an answer from `subject`, which the server does not let this connection publish to. */
  onDenied(subject: string, cause: Error): void {
    this.#waiters.fail(
      (entry) => entry.wasSent && entry.waiter.subject === subject,
      () => ({ type: "not-sent", cause }),
    );
  }

  /** Refuses further sends and resolves when nothing is outstanding; after `withinMs` the rest is failed. */
  async close(withinMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.#waiters.size > 0 && this.#parts.isConnected()) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, withinMs);
        this.#onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#waiters.fail(
      () => true,
      (entry) => ({ type: "closed", wasSent: entry.wasSent }),
    );
  }

  #transmit(token: string, entry: Entry, { subject, data, headers }: Outgoing): void {
    const reply = this.#parts.inbox.subjectOf(token);
    const options = headers === undefined ? { reply } : { reply, headers: headers.forClient };
    entry.wasSent = true;
    try {
      this.#parts.connection.publish(subject, data, options);
    } catch (error) {
      // The client checks the subject and the size before it writes anything: this was not sent.
      this.#failOne(token, entry, {
        type: "not-sent",
        cause: error instanceof Error ? error : new Error(String(error)),
      });
    }
  }

  #failOne(token: string, entry: Entry, failure: Failure): void {
    this.#waiters.remove(token);
    entry.waiter.onFailure(failure);
  }

  #forget(token: string): void {
    this.#parts.inbox.close(token);
    this.#held.take(token);
    if (this.#waiters.size === 0) this.#onEmpty?.();
  }
}

// What waits for an answer, with its deadline. Invariant: every waiter added is settled exactly once, by an answer or
// by a failure; one shared timer serves all deadlines, so that a request that succeeds costs neither timer nor error.
import type { Msg } from "@nats-io/transport-node";

/** Why a waiter gets no answer. */
export type Failure =
  | { readonly type: "timeout"; readonly afterMs: number; readonly wasSent: boolean }
  | { readonly type: "disconnected"; readonly wasSent: boolean }
  | { readonly type: "closed"; readonly wasSent: boolean }
  | { readonly type: "too-many-held" }
  | { readonly type: "not-sent"; readonly cause: Error };

/** One call under way. The callbacks must not throw. */
export interface Waiter {
  readonly subject: string;
  /** Takes a message for it; true when that settles the waiter, false when more are to come. */
  onAnswer(message: Msg): boolean;
  onFailure(failure: Failure): void;
}

/** The bookkeeping of one waiter. */
export interface Entry {
  readonly waiter: Waiter;
  readonly timeoutMs: number;
  deadline: number;
  wasSent: boolean;
}

const sweepAtLeastMs = 5;

/** All waiters of a link, by token. */
export class Waiters {
  readonly #entries = new Map<string, Entry>();
  readonly #onRemove: (token: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #sweepAt = Infinity;

  /** `onRemove` gets every token that leaves the table. */
  constructor(onRemove: (token: string) => void) {
    this.#onRemove = onRemove;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(token: string, waiter: Waiter, timeoutMs: number): Entry {
    const now = performance.now();
    const entry: Entry = { waiter, timeoutMs, deadline: now + timeoutMs, wasSent: false };
    this.#entries.set(token, entry);
    this.#schedule(entry.deadline, now);
    return entry;
  }

  get(token: string): Entry | undefined {
    return this.#entries.get(token);
  }

  /** Forgets a waiter that was settled. */
  remove(token: string): void {
    if (this.#entries.delete(token)) this.#onRemove(token);
  }

  /** Starts the waiter's time anew: something arrived, more is to come. */
  extend(entry: Entry): void {
    entry.deadline = performance.now() + entry.timeoutMs;
  }

  some(matches: (entry: Entry) => boolean): boolean {
    for (const entry of this.#entries.values()) if (matches(entry)) return true;
    return false;
  }

  /** Fails those that match, in the order of their deadlines, and forgets them. */
  fail(matches: (entry: Entry) => boolean, failureOf: (entry: Entry) => Failure): void {
    const failed = [...this.#entries].filter(([, entry]) => matches(entry));
    for (const [token, entry] of failed.toSorted(([, a], [, b]) => a.deadline - b.deadline)) {
      if (this.#entries.get(token) !== entry) continue; // settled by what another one's failure has caused
      this.remove(token);
      entry.waiter.onFailure(failureOf(entry));
    }
  }

  // The timer stands at the earliest deadline known when it was set: most waiters are gone by then, and one pass over
  // the rest finds the next.
  #schedule(at: number, now: number): void {
    if (at >= this.#sweepAt) return;
    clearTimeout(this.#timer);
    this.#sweepAt = at;
    // After a blocked event loop timers run before the socket is read: what has arrived meanwhile is not late.
    this.#timer = setTimeout(() => setImmediate(() => this.#sweep()), Math.max(sweepAtLeastMs, at - now));
    // It may stand for waiters that are long settled; the connection, not this timer, keeps the process alive.
    this.#timer.unref();
  }

  #sweep(): void {
    this.#sweepAt = Infinity;
    const now = performance.now();
    this.fail(
      (entry) => entry.deadline <= now,
      (entry) => ({ type: "timeout", afterMs: entry.timeoutMs, wasSent: entry.wasSent }),
    );
    let next = Infinity;
    for (const entry of this.#entries.values()) next = Math.min(next, entry.deadline);
    if (next !== Infinity) this.#schedule(next, now);
  }
}

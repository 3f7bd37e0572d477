// What could not be delivered, or failed for good, and has nobody to tell: kept in a ring, so that people can look at it
// and send it again. Bounded: the oldest gives way.
import type { Clock } from "./clock.ts";
import { argumentsOf, type Envelope, type Headers, isMessage, noChain } from "./envelope.ts";
import type { SystemEventBus } from "./system-events.ts";

/** One message that nobody handled. */
export interface DeadLetter {
  /** From 1, in order; it never changes its meaning. */
  readonly n: number;
  readonly address: string;
  readonly command: string;
  /** Decoded at each reading; by reference where they were never encoded. */
  readonly args: readonly unknown[];
  readonly commandId: string | undefined;
  readonly headers: Headers;
  readonly reason: string;
  /** What was thrown, where something was. */
  readonly cause: unknown;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

class KeptLetter implements DeadLetter {
  readonly n: number;
  readonly envelope: Envelope;
  readonly reason: string;
  readonly cause: unknown;
  readonly time: number;

  constructor(n: number, envelope: Envelope, why: { reason: string; cause: unknown }, time: number) {
    this.n = n;
    this.envelope = envelope;
    this.reason = why.reason;
    this.cause = why.cause;
    this.time = time;
  }

  get address(): string {
    return this.envelope.to.toString();
  }

  get command(): string {
    return this.envelope.command;
  }

  get args(): readonly unknown[] {
    return argumentsOf(this.envelope);
  }

  get commandId(): string | undefined {
    return this.envelope.commandId;
  }

  get headers(): Headers {
    return this.envelope.headers ?? {};
  }
}

export interface DeadLetterParts {
  readonly clock: Clock;
  readonly events: SystemEventBus;
  /** Letters kept; 0 keeps none. */
  readonly capacity: number;
  readonly timeoutMs: number;
  send(envelope: Envelope): void;
}

export class DeadLetters {
  readonly #parts: DeadLetterParts;
  /** In order of their numbers. */
  readonly #kept = new Map<number, KeptLetter>();
  #last = 0;

  constructor(parts: DeadLetterParts) {
    this.#parts = parts;
  }

  /** Kept now. */
  get size(): number {
    return this.#kept.size;
  }

  /** Since the system began, those that gave way included. */
  get total(): number {
    return this.#last;
  }

  /** The kernel's and the transport's: the message has nobody to tell. */
  add(envelope: Envelope, reason: string, cause?: unknown): void {
    if (!isMessage(envelope)) return;
    const { clock, events, capacity } = this.#parts;
    const letter = new KeptLetter(++this.#last, envelope, { reason, cause }, clock.wall());
    if (capacity > 0) this.#kept.set(letter.n, letter);
    if (this.#kept.size > capacity) this.#forgetOldest();
    if (!events.isWanted("dead-letter")) return;
    events.publish({
      type: "dead-letter",
      n: letter.n,
      address: letter.address,
      command: letter.command,
      reason,
      cause,
    });
  }

  /** The letters that are kept, oldest first. */
  list(): DeadLetter[] {
    return [...this.#kept.values()];
  }

  /**
   * Sends letters again, as tells with a new deadline, their command ids and headers, and forgets them here. One that fails
   * again is a new letter.
   * @param letters @default all @returns how many were sent; those that had given way are not
   */
  replay(letters: readonly DeadLetter[] = this.list()): number {
    let sent = 0;
    for (const { n } of letters) {
      const letter = this.#kept.get(n);
      if (letter === undefined) continue;
      this.#kept.delete(n);
      this.#parts.send(this.#anew(letter.envelope));
      sent++;
    }
    return sent;
  }

  /** Forgets letters. @param letters @default all */
  discard(letters: readonly DeadLetter[] = this.list()): void {
    for (const { n } of letters) this.#kept.delete(n);
  }

  #anew({ to, command, args, commandId, answeredBelow, headers }: Envelope): Envelope {
    const { clock, timeoutMs } = this.#parts;
    const deadline = clock.now() + timeoutMs;
    const sender = undefined;
    return {
      to,
      command,
      args,
      deadline,
      reply: undefined,
      sender,
      commandId,
      answeredBelow,
      chain: noChain,
      headers,
      next: undefined,
    };
  }

  #forgetOldest(): void {
    const oldest = this.#kept.keys().next();
    if (oldest.done !== true) this.#kept.delete(oldest.value);
  }
}

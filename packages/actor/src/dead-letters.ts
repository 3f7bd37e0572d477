// What could not be delivered, or failed for good, and has nobody to tell: kept in a ring, so that people can look at it
// and send it again. Bounded: the oldest gives way.
import type { Clock } from "./clock.ts";
import { EncodedValue } from "./codec.ts";
import { parseCommandId } from "./command-id.ts";
import { argumentsOf, type Envelope, type Headers, isAsk, isMessage, noChain } from "./envelope.ts";
import type { SystemEventBus } from "./system-events.ts";

/** One message that nobody handled. */
export interface DeadLetter {
  /** From 1, in order; it never changes its meaning. */
  readonly n: number;
  readonly address: string;
  readonly command: string;
  /** A copy where they were encoded, by reference where they never were. What cannot be decoded stands there as text. */
  readonly args: readonly unknown[];
  readonly commandId: string | undefined;
  readonly headers: Headers;
  /** Its sender waited for an answer, and was told. Otherwise nobody was. */
  readonly wasAsked: boolean;
  readonly reason: string;
  /** What was thrown, where something was. */
  readonly cause: unknown;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

interface KeptLetter {
  readonly envelope: Envelope;
  readonly reason: string;
  readonly cause: unknown;
  readonly time: number;
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
    const n = ++this.#last;
    this.#kept.set(n, { envelope, reason, cause, time: clock.wall() });
    if (this.#kept.size > capacity) this.#forgetOldest();
    if (!events.isWanted("dead-letter")) return;
    const { to, command } = envelope;
    events.publish({ type: "dead-letter", n, address: to.toString(), command, reason, cause });
  }

  /** The letters that are kept, oldest first. */
  list(): DeadLetter[] {
    return Array.from(this.#kept, ([n, kept]) => letter(n, kept));
  }

  /**
   * Sends letters again, as tells with a new deadline, their command ids and headers, and forgets them here. One that fails
   * again is a new letter. An id that the runtime gave becomes another one, the same at each replay.
   * @param letters @default all @returns how many were sent; those that had given way are not
   */
  replay(letters?: readonly Pick<DeadLetter, "n">[]): number {
    let sent = 0;
    for (const n of this.#numbers(letters)) {
      const kept = this.#kept.get(n);
      if (kept === undefined) continue;
      this.#kept.delete(n);
      this.#parts.send(this.#anew(kept.envelope));
      sent++;
    }
    return sent;
  }

  /** Forgets letters. @param letters @default all */
  discard(letters?: readonly Pick<DeadLetter, "n">[]): void {
    for (const n of this.#numbers(letters)) this.#kept.delete(n);
  }

  #numbers(letters: readonly Pick<DeadLetter, "n">[] | undefined): number[] {
    return letters === undefined ? [...this.#kept.keys()] : letters.map(({ n }) => n);
  }

  #anew({ to, command, args, commandId, headers }: Envelope): Envelope {
    return {
      to,
      command,
      args,
      deadline: this.#parts.clock.now() + this.#parts.timeoutMs,
      reply: undefined,
      sender: undefined,
      commandId: commandId === undefined ? undefined : idAnew(commandId),
      answeredBelow: 0,
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

/** Whoever sent it in a session has had its answer: under that id it would be taken for a late copy and dropped. */
function idAnew(commandId: string): string {
  return parseCommandId(commandId) === undefined ? commandId : `~${commandId}`;
}

function letter(n: number, { envelope, reason, cause, time }: KeptLetter): DeadLetter {
  const { to, command, commandId, headers = {} } = envelope;
  const [address, args, wasAsked] = [to.toString(), readArguments(envelope), isAsk(envelope)];
  return { n, address, command, args, commandId, headers, wasAsked, reason, cause, time };
}

function readArguments(envelope: Envelope): readonly unknown[] {
  const { args } = envelope;
  if (!(args instanceof EncodedValue)) return argumentsOf(envelope);
  try {
    const decoded = args.decode();
    if (Array.isArray(decoded)) return decoded as unknown[];
  } catch {
    // Text that is no JSON may be the very reason why it is here.
  }
  return [args.json];
}

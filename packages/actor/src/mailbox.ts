// The messages of one actor that wait their turn: a linked list through the envelopes themselves, so that it needs no
// buffer and no copying however deep it gets. What an actor does by itself waits in a lane ahead of what others sent.
import type { Envelope } from "./envelope.ts";

export class Mailbox {
  /** Messages that others sent; the bound is for them alone. */
  declare length: number;
  declare readonly capacity: number;
  /** Messages handled so far, for the rate at which they are. */
  declare taken: number;
  declare private first: Envelope | null;
  /** Only where there are two at least: where one message waits at a time, it need not be written. */
  declare private last: Envelope | null;
  /** Made when it is needed first: most actors do nothing by themselves, and never are full. */
  declare private more: Lane | undefined;

  /** @param capacity for whoever delivers to keep to; what is put back was accepted before */
  constructor(capacity: number) {
    this.length = 0;
    this.capacity = capacity;
    this.taken = 0;
    this.first = null;
    this.last = null;
    this.more = undefined;
  }

  get isFull(): boolean {
    return this.length >= this.capacity;
  }

  /** Whether nothing waits, in no lane. */
  get isEmpty(): boolean {
    return this.first === null && (this.more === undefined || this.more.first === null);
  }

  /** @throws Error when the envelope waits in a mailbox already; a bug of whoever delivers. */
  push(envelope: Envelope): void {
    if (envelope.next !== undefined) refuseTwice(envelope);
    envelope.next = null;
    if (this.first === null) this.first = envelope;
    else {
      (this.last ?? this.first).next = envelope;
      this.last = envelope;
    }
    this.length++;
  }

  /** Ahead of all that others sent. */
  pushInner(envelope: Envelope): void {
    claim(envelope);
    const lane = (this.more ??= new Lane());
    if (lane.last === null) lane.first = envelope;
    else lane.last.next = envelope;
    lane.last = envelope;
  }

  shift(): Envelope | undefined {
    if (this.more !== undefined && this.more.first !== null) return this.more.shift(this.more.first);
    const envelope = this.first;
    if (envelope === null) return undefined;
    const next = envelope.next as Envelope | null;
    this.first = next;
    if (next === this.last) this.last = null;
    envelope.next = undefined;
    this.length--;
    this.taken++;
    return envelope;
  }

  /** The first of those that others sent; it stays. */
  peek(): Envelope | undefined {
    return this.first ?? undefined;
  }

  /** Puts messages back ahead of all that others sent, in their order. */
  putBack(envelopes: readonly Envelope[]): void {
    for (let i = envelopes.length - 1; i >= 0; i--) {
      const envelope = envelopes[i] as Envelope;
      claim(envelope);
      if (this.first !== null) this.last ??= this.first;
      envelope.next = this.first;
      this.first = envelope;
      this.length++;
    }
  }

  /** Takes everything out. */
  drain(): Envelope[] {
    const all: Envelope[] = [];
    for (let next = this.shift(); next !== undefined; next = this.shift()) all.push(next);
    return all;
  }

  /**
   * A hint for senders that met it full, in milliseconds: how long half of it takes at the rate of late.
   * @param now by any monotonic clock
   */
  retryAfterMs(now: number): number {
    const lane = (this.more ??= new Lane());
    const rate = lane.messagesPerMs(now, this.taken);
    return rate === 0 ? unknownRetryMs : Math.min(maxRetryMs, Math.max(1, Math.ceil(this.length / 2 / rate)));
  }
}

const measureEveryMs = 100;
/** The hint before anything was measured, and the longest one. */
const unknownRetryMs = 50;
const maxRetryMs = 5_000;

/** The lane ahead, and the rate of handling as those measure it who meet the mailbox full. */
class Lane {
  first: Envelope | null = null;
  last: Envelope | null = null;
  #measuredAt: number | undefined = undefined;
  #takenThen = 0;
  #perMs = 0;

  shift(envelope: Envelope): Envelope {
    const next = envelope.next as Envelope | null;
    this.first = next;
    if (next === null) this.last = null;
    envelope.next = undefined;
    return envelope;
  }

  messagesPerMs(now: number, taken: number): number {
    if (this.#measuredAt !== undefined) {
      const elapsed = now - this.#measuredAt;
      if (elapsed < measureEveryMs) return this.#perMs;
      // None in all that time: it is slower than one, and goes on being measured from the same moment.
      if (taken === this.#takenThen) return 1 / elapsed;
      this.#perMs = (taken - this.#takenThen) / elapsed;
    }
    this.#measuredAt = now;
    this.#takenThen = taken;
    return this.#perMs;
  }
}

function claim(envelope: Envelope): void {
  if (envelope.next !== undefined) refuseTwice(envelope);
  envelope.next = null;
}

/** Apart, as all that seldom happens: V8 takes only so much code into that which calls it. */
function refuseTwice({ command, to }: Envelope): never {
  throw new Error(`"${command}" for ${to.toString()} waits twice`);
}

// The frames of one line that are under way: numbered, kept until they are acknowledged, and sent again from the first
// that is missing, so that all arrive once and in order. What the other node has taken and not handled counts against a
// window. A sliding window with cumulative acknowledgements, the credit apart from them, as in Cerf and Kahn, "A protocol
// for packet network intercommunication" (1974); missing ones are repeated by go-back-n.
import type { Acknowledgement, FramePlace } from "./frame-format.ts";
import type { Batch, Reply } from "./outbox.ts";
import type { Outgoing } from "./outgoing.ts";

export class SentFrame implements Batch {
  declare readonly n: number;
  declare messages: readonly Outgoing[];
  declare readonly weight: number;
  declare replies: readonly Reply[];
  declare readonly replyBytes: number;
  /** Of those that were sent, how many may have arrived. */
  declare copies: number;

  constructor(n: number, { messages, weight, replies, replyBytes }: Batch) {
    this.n = n;
    this.messages = messages;
    this.weight = weight;
    this.replies = replies;
    this.replyBytes = replyBytes;
    this.copies = 0;
  }
}

/** What may be with the other node unhandled: some 16,000 short messages. The server keeps 64 MB for a slow reader. */
export const windowBytes: number = 4 * 1_024 * 1_024;

export class SentFrames {
  #line: number;
  #last = 0;
  /** In order of their numbers, which have no gap. */
  #unacknowledged: SentFrame[] = [];
  #weight = 0;
  #handled = 0;
  #replyBytes = 0;

  constructor(line: number) {
    this.#line = line;
  }

  get count(): number {
    return this.#unacknowledged.length;
  }

  /** What of the window is free. A message may be larger than the rest of it where nothing is unhandled. */
  get window(): number {
    const unhandled = this.#weight - this.#handled;
    return unhandled <= 0 ? Number.POSITIVE_INFINITY : windowBytes - unhandled;
  }

  get replyWindow(): number {
    return this.#replyBytes <= 0 ? Number.POSITIVE_INFINITY : windowBytes - this.#replyBytes;
  }

  /** The batch under its number. */
  add(batch: Batch): SentFrame {
    const frame = new SentFrame(++this.#last, batch);
    this.#unacknowledged.push(frame);
    this.#weight += batch.weight;
    this.#replyBytes += batch.replyBytes;
    return frame;
  }

  placeOf({ n, weight }: SentFrame): FramePlace {
    return { line: this.#line, n, weight, isBare: false };
  }

  /** Of what is not numbered. */
  barePlace(): FramePlace {
    return { line: this.#line, n: this.#last, weight: 0, isBare: true };
  }

  /** @returns whether it told anything new */
  acknowledge({ line, heard, handled }: Acknowledgement): boolean {
    if (line !== this.#line || heard > this.#last) return false;
    const first = this.#unacknowledged[0]?.n ?? this.#last + 1;
    const arrived = heard < first ? [] : this.#unacknowledged.splice(0, heard - first + 1);
    for (const { replyBytes } of arrived) this.#replyBytes -= replyBytes;
    const isNew = arrived.length > 0 || handled > this.#handled;
    this.#handled = Math.max(this.#handled, Math.min(handled, this.#weight));
    return isNew;
  }

  /** Whether the other node misses what it has acknowledged before: it has begun to listen anew. */
  isForgotten({ line, heard }: Acknowledgement): boolean {
    return line === this.#line && heard + 1 < (this.#unacknowledged[0]?.n ?? this.#last + 1);
  }

  /** A copy of the frame met nobody: it certainly has not arrived. */
  metNobody(n: number): void {
    const frame = this.#unacknowledged[n - (this.#unacknowledged[0]?.n ?? n)];
    if (frame?.n === n && frame.copies > 0) frame.copies--;
  }

  /** All that are under way, in order. */
  unacknowledged(): readonly SentFrame[] {
    return this.#unacknowledged;
  }

  /** Takes out what nobody wants any more. @returns what of it certainly has not arrived */
  sweep(frame: SentFrame, now: number): readonly Outgoing[] {
    const unwanted = frame.messages.filter((message) => !message.isWanted(now));
    if (unwanted.length > 0) frame.messages = frame.messages.filter((message) => message.isWanted(now));
    return frame.copies === 0 ? unwanted : [];
  }

  /** Messages that certainly have not arrived. */
  unreceived(): Outgoing[] {
    return this.#unacknowledged.filter(({ copies }) => copies === 0).flatMap(({ messages }) => messages);
  }

  /** Begins anew under another number of the line. */
  restart(line: number): void {
    this.#line = line;
    this.#last = this.#weight = this.#handled = this.#replyBytes = 0;
    this.#unacknowledged = [];
  }
}

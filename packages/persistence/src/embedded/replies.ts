// What comes back from the worker: all answers of one batch are one message, in columns.
import type { Entry } from "./fenced-log.ts";
import { PackedBytes } from "./packed-bytes.ts";

/** One answer. `number` is a token, 0 for a conflict; for reads it counts the entries; below 0 stands one of the numbers below. */
export interface Reply {
  readonly id: number;
  readonly number: number;
  readonly reason?: string | undefined;
  readonly entries?: readonly FoundEntry[] | undefined;
}

/** As both stores hand it out. */
export interface FoundEntry {
  readonly token: number;
  readonly bytes: Uint8Array;
}

/** The same as the worker makes it, with what it found as it found it. */
export interface Answer extends Omit<Reply, "entries"> {
  readonly entries?: readonly Pick<Entry, "number" | "content">[] | undefined;
}

/** In place of a head's count: it stood there when this process opened the file, which is its own since then. */
export const orphaned = -3;
/** Certainly not done, and never will be. */
export const rejected = -1;
/** It may have been done. */
export const unknown = -2;

const leastCapacity = 1_024;
const mostCapacity = 1_048_576;
const nothing = new Uint8Array(0);

export interface ReplyMessage {
  readonly ids: readonly number[];
  readonly numbers: readonly number[];
  /** By the place of the reply. */
  readonly reasons: Readonly<Record<number, string>>;
  /** How many entries each reply has; empty when none has any. */
  readonly counts: Readonly<Record<number, number>>;
  readonly entryNumbers: readonly number[];
  readonly sizes: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export class Replies {
  readonly #capacity: number;
  readonly #ids: number[] = [];
  readonly #numbers: number[] = [];
  readonly #reasons: Record<number, string> = {};
  readonly #counts: Record<number, number> = {};
  readonly #entryNumbers: number[] = [];
  #bytes: PackedBytes | undefined;

  /** @param capacity bytes that are likely to come */
  constructor(capacity: number) {
    this.#capacity = Math.min(mostCapacity, Math.max(leastCapacity, capacity));
  }

  get length(): number {
    return this.#ids.length;
  }

  get byteLength(): number {
    return this.#bytes?.length ?? 0;
  }

  get hasEntries(): boolean {
    return this.#bytes !== undefined;
  }

  add({ id, number, reason, entries }: Answer): void {
    const place = this.#ids.push(id) - 1;
    this.#numbers.push(number);
    if (reason !== undefined) this.#reasons[place] = reason;
    if (entries === undefined) return;
    this.#counts[place] = entries.length;
    this.#bytes ??= new PackedBytes(this.#capacity);
    for (const entry of entries) {
      this.#entryNumbers.push(entry.number);
      this.#bytes.add(entry.content);
    }
  }

  toMessage(): ReplyMessage {
    return {
      ids: this.#ids,
      numbers: this.#numbers,
      reasons: this.#reasons,
      counts: this.#counts,
      entryNumbers: this.#entryNumbers,
      sizes: this.#bytes?.sizes ?? [],
      bytes: this.#bytes?.take() ?? nothing,
    };
  }
}

export function* repliesOf(message: ReplyMessage): Iterable<Reply> {
  const { buffer } = message.bytes;
  let entry = 0;
  let start = 0;
  for (const [i, id] of message.ids.entries()) {
    const count = message.counts[i];
    if (count === undefined) {
      yield { id, number: message.numbers[i] as number, reason: message.reasons[i] };
      continue;
    }
    const entries: FoundEntry[] = [];
    for (const last = entry + count; entry < last; entry++) {
      const size = message.sizes[entry] as number;
      // As a `Buffer`, since whoever reads a text needs one.
      entries.push({ token: message.entryNumbers[entry] as number, bytes: Buffer.from(buffer, start, size) });
      start += size;
    }
    yield { id, number: message.numbers[i] as number, entries };
  }
}

// The messages of one stream. Invariant: what is the last sequence of a subject follows from the messages that are still
// there, and from nothing else: a purge moves the fence back, as it does on the real server.
import { matches } from "./subject.ts";

export interface StoredRecord {
  readonly sequence: number;
  readonly subject: string;
  readonly headers: Uint8Array | undefined;
  readonly data: Uint8Array;
  /** Milliseconds, by the clock of the model. */
  readonly storedAt: number;
}

export interface Purge {
  readonly filter?: string;
  /** Up to, but not including. */
  readonly seq?: number;
  readonly keep?: number;
}

export class StreamLog {
  lastSequence = 0;
  readonly #messages = new Map<number, StoredRecord>();
  readonly #bySubject = new Map<string, number[]>();
  /** When each sequence was given out, also of what is not there any more. */
  readonly #storedAt: number[] = [];
  /** What had to go for a newer one of its subject. */
  readonly #replaced: { readonly record: StoredRecord; readonly by: number }[] = [];
  readonly #maxPerSubject: number;

  constructor(maxPerSubject: number) {
    this.#maxPerSubject = maxPerSubject;
  }

  get size(): number {
    return this.#messages.size;
  }

  get firstSequence(): number {
    for (const sequence of this.#messages.keys()) return sequence;
    return this.lastSequence + 1;
  }

  store(message: Omit<StoredRecord, "sequence">): StoredRecord {
    const record: StoredRecord = { ...message, sequence: ++this.lastSequence };
    this.#storedAt[record.sequence] = record.storedAt;
    const sequences = this.#keep(record);
    const [oldest] = sequences as [number];
    if (this.#maxPerSubject > 0 && sequences.length > this.#maxPerSubject) {
      this.#replaced.push({ record: this.#messages.get(oldest) as StoredRecord, by: record.sequence });
      this.#remove(oldest);
    }
    return record;
  }

  /** @param upTo shows the log as it was when this was its last message */
  lastOf(subject: string, upTo: number = Number.POSITIVE_INFINITY): StoredRecord | undefined {
    const sequences = this.#sequencesOf(subject);
    const last = sequences.findLast((sequence) => sequence <= upTo);
    return last === undefined ? undefined : this.#messages.get(last);
  }

  /** The first one from this sequence on. */
  nextOf(filter: string, from: number, upTo: number = Number.POSITIVE_INFINITY): StoredRecord | undefined {
    const next = this.#sequencesOf(filter).find((sequence) => sequence >= from);
    return next === undefined || next > upTo ? undefined : this.#messages.get(next);
  }

  at(sequence: number): StoredRecord | undefined {
    return this.#messages.get(sequence);
  }

  /** The last sequence that was given out by then. */
  lastBy(time: number): number {
    let last = this.lastSequence;
    while (last > 0 && (this.#storedAt[last] as number) > time) last--;
    return last;
  }

  subjects(filter: string): [string, number][] {
    const found = [...this.#bySubject].filter(([subject]) => matches(filter, subject));
    return found.map(([subject, sequences]) => [subject, sequences.length]);
  }

  all(): IterableIterator<StoredRecord> {
    return this.#messages.values();
  }

  /** @returns how many went */
  purge({ filter = ">", seq = Number.POSITIVE_INFINITY, keep = 0 }: Purge): number {
    const found = [...this.#messages.values()].filter((one) => matches(filter, one.subject) && one.sequence < seq);
    const gone = keep > 0 ? found.slice(0, Math.max(0, found.length - keep)) : found;
    for (const { sequence } of gone) this.#remove(sequence);
    return gone.length;
  }

  /** Loses the tail; its sequences are given out again, and what it had replaced is back. @returns what is lost */
  cutBehind(sequence: number): readonly StoredRecord[] {
    const lost = [...this.#messages.values()].filter((one) => one.sequence > sequence);
    for (const one of lost) this.#remove(one.sequence);
    const back = this.#replaced.filter(({ record, by }) => by > sequence && record.sequence <= sequence);
    const kept = [...this.#messages.values(), ...back.map(({ record }) => record)];
    this.#messages.clear();
    this.#bySubject.clear();
    for (const record of kept.toSorted((a, b) => a.sequence - b.sequence)) this.#keep(record);
    this.lastSequence = Math.min(this.lastSequence, sequence);
    return lost;
  }

  #keep(record: StoredRecord): number[] {
    this.#messages.set(record.sequence, record);
    const sequences = this.#bySubject.get(record.subject) ?? [];
    this.#bySubject.set(record.subject, sequences);
    sequences.push(record.sequence);
    return sequences;
  }

  #sequencesOf(filter: string): readonly number[] {
    if (!filter.includes("*") && !filter.includes(">")) return this.#bySubject.get(filter) ?? [];
    const all = [...this.#bySubject].filter(([subject]) => matches(filter, subject));
    return all.flatMap(([, sequences]) => sequences).toSorted((a, b) => a - b);
  }

  /** Its time to live is over. */
  expire({ sequence }: StoredRecord): void {
    this.#remove(sequence);
  }

  #remove(sequence: number): void {
    const record = this.#messages.get(sequence);
    if (record === undefined) return;
    this.#messages.delete(sequence);
    const rest = (this.#bySubject.get(record.subject) ?? []).filter((one) => one !== sequence);
    if (rest.length === 0) this.#bySubject.delete(record.subject);
    else this.#bySubject.set(record.subject, rest);
  }
}

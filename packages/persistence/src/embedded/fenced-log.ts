// Rows of one table, per actor in order and behind the fence: the number of the last one. Commits and snapshots differ in
// how many are kept, and in nothing else.
import { isUtf8 } from "node:buffer";
import type { KnownActor } from "./actors.ts";
import type { Sqlite, Statement } from "./sqlite.ts";

export interface Entry {
  readonly number: number;
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** What an append is to be told: the number it gets or has, or no number for a conflict. */
export interface Verdict {
  readonly isNext: boolean;
  readonly number: number;
}

const conflict: Verdict = Object.freeze({ isNext: false, number: 0 });

export class FencedLog {
  readonly #table: "commits" | "snapshots";
  readonly #last: Statement;
  readonly #lastPosition: Statement;
  readonly #at: Statement;
  readonly #range: Statement;
  readonly #before: Statement;
  readonly #addText: Statement;
  readonly #addBlob: Statement;
  readonly #drop: Statement;

  constructor(sqlite: Sqlite, table: "commits" | "snapshots") {
    const entry = `SELECT number, position, CAST(bytes AS BLOB) AS bytes FROM ${table} WHERE actor = ?`;
    const add = `INSERT INTO ${table} (actor, number, bytes) VALUES (?, ?,`;
    this.#table = table;
    this.#last = sqlite.prepare(`SELECT max(number) AS number FROM ${table} WHERE actor = ?`);
    this.#lastPosition = sqlite.prepare(`SELECT max(position) AS position FROM ${table}`);
    this.#at = sqlite.prepare(`${entry} AND number = ?`);
    this.#range = sqlite.prepare(`${entry} AND number > ? AND number <= ? ORDER BY number`);
    this.#before = sqlite.prepare(`${entry} AND number < ? ORDER BY number DESC LIMIT 1`);
    this.#addText = sqlite.prepare(`${add} CAST(? AS TEXT))`);
    this.#addBlob = sqlite.prepare(`${add} ?)`);
    this.#drop = sqlite.prepare(
      `DELETE FROM ${table} WHERE position IN ` +
        `(SELECT position FROM ${table} WHERE actor = ? AND number < ? ORDER BY number LIMIT ?)`,
    );
  }

  /** Of the newest row of all, 0 when there is none. */
  get lastPosition(): number {
    return Number(this.#lastPosition.get()?.["position"] ?? 0);
  }

  /** The number of the newest, 0 when there is none. */
  last(known: KnownActor): number {
    return (known[this.#table] ??= Number(this.#last.get(known.actor)?.["number"] ?? 0));
  }

  /** The newest, or the newest below a number. */
  newest(known: KnownActor, below: number): Entry | undefined {
    const last = this.last(known);
    if (last === 0) return undefined;
    return toEntry(last < below ? this.#at.get(known.actor, last) : this.#before.get(known.actor, below));
  }

  *range(known: KnownActor, after: number, upTo: number): Iterable<Entry> {
    for (const row of this.#range.iterate(known.actor, after, upTo)) yield toEntry(row) as Entry;
  }

  /** Whether bytes may stand behind `after`, or do already. */
  judge(known: KnownActor, after: number, bytes: Uint8Array): Verdict {
    const last = this.last(known);
    if (after === last) return { isNext: true, number: last + 1 };
    if (after > last) return conflict;
    const stored = toEntry(this.#at.get(known.actor, after + 1));
    const isSame = stored !== undefined && Buffer.compare(stored.bytes, bytes) === 0;
    return isSame ? { isNext: false, number: after + 1 } : conflict;
  }

  /** Text stays readable with SQLite's tools; a text with a NUL would be cut by them. */
  add(known: KnownActor, number: number, bytes: Uint8Array): void {
    const isText = isUtf8(bytes) && !bytes.includes(0);
    (isText ? this.#addText : this.#addBlob).run(known.actor, number, bytes);
    known[this.#table] = number;
  }

  /** Deletes the oldest below a number, never the last. @returns how many */
  drop(known: KnownActor, below: number, limit: number): number {
    return Number(this.#drop.run(known.actor, Math.min(below, this.last(known)), limit).changes);
  }
}

function toEntry(row: Readonly<Record<string, unknown>> | undefined): Entry | undefined {
  return (
    row && { number: row["number"] as number, position: row["position"] as number, bytes: row["bytes"] as Uint8Array }
  );
}

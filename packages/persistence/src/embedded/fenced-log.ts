// Rows per actor, numbered in order and behind the fence: the number of the last one. Commits and snapshots differ in how
// their rows are found, and in how many are kept.
import { isUtf8 } from "node:buffer";
import type { KnownActor } from "./actors.ts";
import type { Row, Sqlite } from "./sqlite.ts";

export interface Entry {
  readonly number: number;
  /** As the drivers give it: most rows are text, which they read in half the time of bytes. */
  readonly content: Uint8Array | string;
}

export interface PlacedEntry extends Entry {
  readonly position: number;
}

/** Above every number: `newest` then finds the last. */
export const anyNumber: number = Number.MAX_SAFE_INTEGER;

export interface FencedLog {
  /** The number of the newest, 0 when there is none. */
  last(known: KnownActor): number;
  at(known: KnownActor, number: number): PlacedEntry | undefined;
  /** The newest, or the newest below a number. */
  newest(known: KnownActor, below: number): PlacedEntry | undefined;
  /** The caller has judged that the number is the next. In the open transaction, as is `drop`. */
  add(known: KnownActor, number: number, bytes: Uint8Array): void;
  /** Deletes the oldest below a number, at most `limit`, never the last. @returns how many */
  drop(known: KnownActor, below: number, limit: number): number;
}

/** What an append is to be told: the number it gets or has, or no number for a conflict. */
export interface Verdict {
  readonly isNext: boolean;
  readonly number: number;
}

const conflict: Verdict = Object.freeze({ isNext: false, number: 0 });

/** Whether bytes may stand behind `after`, or do already. */
export function judge(log: FencedLog, known: KnownActor, after: number, bytes: Uint8Array): Verdict {
  const last = log.last(known);
  if (after === last) return { isNext: true, number: last + 1 };
  if (after > last) return conflict;
  const stored = log.at(known, after + 1);
  const isSame = stored !== undefined && Buffer.from(stored.content as string).equals(bytes);
  return isSame ? { isNext: false, number: after + 1 } : conflict;
}

/** @returns the position of the row. Text stays readable with SQLite's tools; a text with a NUL would be cut by them. */
export type AddRow = (actor: number, number: number, bytes: Uint8Array) => number;

/** Node 22 stores an empty array that has no memory behind it as NULL. */
const noBytes = Buffer.alloc(1).subarray(1);

export function rowAdder(sqlite: Sqlite, table: "commits" | "snapshots"): AddRow {
  const add = `INSERT INTO ${table} (actor, number, bytes) VALUES (?, ?,`;
  const addText = sqlite.prepare(`${add} CAST(? AS TEXT))`);
  const addBlob = sqlite.prepare(`${add} ?)`);
  return (actor, number, bytes) => {
    const isText = isUtf8(bytes) && !bytes.includes(0);
    return Number((isText ? addText : addBlob).run(actor, number, bytes.length > 0 ? bytes : noBytes).lastInsertRowid);
  };
}

export function toEntry(row: Row): Entry {
  return { number: row["number"] as number, content: row["bytes"] as Entry["content"] };
}

export function toPlacedEntry(row: Row): PlacedEntry {
  return { ...toEntry(row), position: row["position"] as number };
}

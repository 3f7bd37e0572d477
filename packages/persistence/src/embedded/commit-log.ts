// Commits: a table that only grows at its end, and an index of it that lags behind. Many writers each dirty a page of an
// index; merged later and in its order, keys share pages. What the index lacks is the tail, in memory: a young one that
// grows and, once that is long, a frozen one that each transaction merges a piece of. The file says up to which position
// all is in the index; the tail is read from the commits behind it, when the file is opened and after each rollback.
import type { KnownActor } from "./actors.ts";
import {
  type AddRow,
  anyNumber,
  type Entry,
  type FencedLog,
  type PlacedEntry,
  rowAdder,
  toEntry,
  toPlacedEntry,
} from "./fenced-log.ts";
import type { Sqlite } from "./sqlite.ts";
import { type Key, Tail } from "./tail.ts";

/** Merged by each transaction: twice what it adds, so that the frozen tail is gone before the young one is long. */
const mergedPerAdded = 2;
/** And at least so large a part of a tail, so that it does not stay for long when little is added. */
const leastMergedPart = 1 / 256;
/** Their bytes are in memory together. */
const rowsAtOnce = 64;

/** How far a merge is: it takes the commits up to a position, and has those up to a key. */
interface Merge {
  readonly upTo: number;
  readonly last: Pick<Key, "actor" | "number">;
}

const noMerge: Merge = Object.freeze({ upTo: 0, last: { actor: 0, number: 0 } });

export class CommitLog implements FencedLog {
  readonly #maxTailKeys: number;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #add: AddRow;
  #young = new Tail();
  #frozen = new Tail();
  /** Of the frozen tail, in the order of the index; `undefined` when nothing is frozen. */
  #toMerge: Iterator<Key> | undefined;
  #merge: Merge = noMerge;
  /** The same when the last transaction was committed. */
  #settledMerge: Merge = noMerge;
  #addedSinceMerge = 0;

  /** @param maxTailKeys how long the young tail may grow before it is frozen */
  constructor(sqlite: Sqlite, maxTailKeys: number) {
    this.#maxTailKeys = maxTailKeys;
    this.#statements = prepare(sqlite);
    this.#add = rowAdder(sqlite, "commits");
    this.undo();
    // A long tail that the last process left is merged by the first transaction: in pieces, processes that live short
    // would never come to its end.
    this.#addedSinceMerge = this.#young.added;
  }

  /** Of the newest commit of all, 0 when there is none. */
  get lastPosition(): number {
    return Number(this.#statements.lastPosition.get()?.["position"] ?? 0);
  }

  /** The transaction was committed. */
  settle(): void {
    this.#settledMerge = this.#merge;
  }

  /** The transaction was rolled back, or the file just opened: makes the tail what the file says it is. */
  undo(): void {
    const { upTo, last } = this.#settledMerge;
    this.#young = new Tail();
    this.#thaw();
    this.#addedSinceMerge = 0;
    for (const row of this.#statements.behind.iterate()) {
      const key = { actor: Number(row["actor"]), number: Number(row["number"]), position: Number(row["position"]) };
      (key.position <= upTo ? this.#frozen : this.#young).add(key);
    }
    this.#merge = this.#settledMerge;
    if (upTo > 0) this.#toMerge = this.#frozen.behind(last);
  }

  has(actor: number): boolean {
    return this.#lastOf(actor) > 0;
  }

  last(known: KnownActor): number {
    return (known.commits ??= this.#lastOf(known.actor));
  }

  at({ actor }: KnownActor, number: number): PlacedEntry | undefined {
    const position = this.#young.position(actor, number) ?? this.#frozen.position(actor, number);
    const { byPosition, byNumber } = this.#statements;
    const row = position === undefined ? byNumber.get(actor, number) : byPosition.get(position);
    return row && toPlacedEntry(row);
  }

  newest(known: KnownActor, below: number): PlacedEntry | undefined {
    if (known.commits === undefined && below === anyNumber && this.#firstInTail(known.actor) === undefined) {
      const row = this.#statements.newestIndexed.get(known.actor);
      const found = row && toPlacedEntry(row);
      known.commits = found?.number ?? 0;
      return found;
    }
    return this.at(known, Math.min(this.last(known), below - 1));
  }

  /** Those behind `after`, up to `upTo`. */
  *range(known: KnownActor, after: number, upTo: number): Iterable<Entry> {
    const tail = this.#firstInTail(known.actor) ?? Number.POSITIVE_INFINITY;
    if (after + 1 < tail) yield* this.#indexed(known.actor, after, Math.min(upTo, tail - 1));
    const end = Math.min(upTo, this.last(known));
    for (let number = Math.max(after + 1, tail); number <= end; number++) {
      const entry = this.at(known, number);
      if (entry !== undefined) yield entry;
    }
  }

  /** Some at once: a row that is asked for by itself takes twice as long. */
  *#indexed(actor: number, after: number, upTo: number): Iterable<Entry> {
    const { range, firstIndexed } = this.#statements;
    for (let last = after; last < upTo;) {
      const end = Math.min(upTo, last + rowsAtOnce);
      const rows = range.all(actor, last, end);
      for (const row of rows) yield toEntry(row);
      // What was truncated is passed over at once.
      last = rows.length > 0 ? end : Math.max(end, Number(firstIndexed.get(actor)?.["number"] ?? upTo) - 1);
    }
  }

  add(known: KnownActor, number: number, bytes: Uint8Array): void {
    const { actor } = known;
    this.#young.add({ actor, number, position: this.#add(actor, number, bytes) });
    this.#addedSinceMerge++;
    known.commits = number;
  }

  /** A key that is being merged may be in the index and in the tail. */
  drop(known: KnownActor, below: number, limit: number): number {
    const { actor } = known;
    const { firstIndexed, dropIndexed, dropIndex, dropAt } = this.#statements;
    const first = Number(firstIndexed.get(actor)?.["number"] ?? this.#firstInTail(actor) ?? 0);
    const end = Math.min(below, this.last(known), first + limit);
    if (end <= first) return 0;
    dropIndexed.run(actor, end);
    dropIndex.run(actor, end);
    for (const tail of [this.#frozen, this.#young]) {
      for (const position of tail.drop(actor, end)) dropAt.run(position);
    }
    return end - first;
  }

  /** Moves a piece of the frozen tail to the index, in the open transaction. */
  merge(): void {
    const count = Math.max(this.#maxTailKeys * leastMergedPart, mergedPerAdded * this.#addedSinceMerge);
    this.#addedSinceMerge = 0;
    const keys = this.#toMerge ?? this.#freeze();
    if (keys === undefined) return;
    for (let merged = 0; merged < count; merged++) {
      const { done, value } = keys.next();
      if (done === true) {
        this.#statements.setIndexed.run(this.#merge.upTo);
        return this.#thaw();
      }
      this.#statements.index.run(value.actor, value.number, value.position);
      this.#merge = { upTo: this.#merge.upTo, last: value };
    }
  }

  #freeze(): Iterator<Key> | undefined {
    if (this.#young.added < this.#maxTailKeys) return undefined;
    this.#frozen = this.#young;
    this.#young = new Tail();
    this.#toMerge = this.#frozen.behind(noMerge.last);
    this.#merge = { upTo: this.#frozen.lastPosition, last: noMerge.last };
    return this.#toMerge;
  }

  #thaw(): void {
    this.#frozen = new Tail();
    this.#toMerge = undefined;
    this.#merge = noMerge;
  }

  #firstInTail(actor: number): number | undefined {
    return this.#frozen.first(actor) ?? this.#young.first(actor);
  }

  #lastOf(actor: number): number {
    const inTail = this.#young.last(actor) ?? this.#frozen.last(actor);
    return inTail ?? Number(this.#statements.lastIndexed.get(actor)?.["number"] ?? 0);
  }
}

function prepare(sqlite: Sqlite) {
  const indexed = "bytes FROM commit_index AS i JOIN commits USING (position) WHERE i.actor = ? AND i.number";
  const byNumber = `SELECT i.number, position, ${indexed}`;
  return {
    lastPosition: sqlite.prepare("SELECT max(position) AS position FROM commits"),
    setIndexed: sqlite.prepare("UPDATE meta SET value = ? WHERE name = 'indexed'"),
    behind: sqlite.prepare(
      "SELECT actor, number, position FROM commits " +
        "WHERE position > (SELECT value FROM meta WHERE name = 'indexed') ORDER BY position",
    ),
    byPosition: sqlite.prepare("SELECT number, position, bytes FROM commits WHERE position = ?"),
    byNumber: sqlite.prepare(`${byNumber} = ?`),
    range: sqlite.prepare(`SELECT i.number, ${indexed} > ? AND i.number <= ? ORDER BY i.number`),
    newestIndexed: sqlite.prepare(`${byNumber} > 0 ORDER BY i.number DESC LIMIT 1`),
    firstIndexed: sqlite.prepare("SELECT min(number) AS number FROM commit_index WHERE actor = ?"),
    lastIndexed: sqlite.prepare("SELECT max(number) AS number FROM commit_index WHERE actor = ?"),
    // A key may be there already: the process that moved it died before it had moved all.
    index: sqlite.prepare("INSERT OR IGNORE INTO commit_index (actor, number, position) VALUES (?, ?, ?)"),
    dropIndexed: sqlite.prepare(
      "DELETE FROM commits WHERE position IN (SELECT position FROM commit_index WHERE actor = ? AND number < ?)",
    ),
    dropIndex: sqlite.prepare("DELETE FROM commit_index WHERE actor = ? AND number < ?"),
    dropAt: sqlite.prepare("DELETE FROM commits WHERE position = ?"),
  };
}

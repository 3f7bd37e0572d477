// Snapshots: few of each actor, behind a unique index.
import type { KnownActor } from "./actors.ts";
import { type AddRow, anyNumber, type FencedLog, type PlacedEntry, rowAdder, toPlacedEntry } from "./fenced-log.ts";
import type { Sqlite, Statement } from "./sqlite.ts";

export class SnapshotLog implements FencedLog {
  readonly #last: Statement;
  readonly #at: Statement;
  readonly #before: Statement;
  readonly #add: AddRow;
  readonly #drop: Statement;

  constructor(sqlite: Sqlite) {
    const entry = "SELECT number, position, bytes FROM snapshots WHERE actor = ?";
    this.#last = sqlite.prepare("SELECT max(number) AS number FROM snapshots WHERE actor = ?");
    this.#at = sqlite.prepare(`${entry} AND number = ?`);
    this.#before = sqlite.prepare(`${entry} AND number < ? ORDER BY number DESC LIMIT 1`);
    this.#add = rowAdder(sqlite, "snapshots");
    this.#drop = sqlite.prepare(
      "DELETE FROM snapshots WHERE position IN " +
        "(SELECT position FROM snapshots WHERE actor = ? AND number < ? ORDER BY number LIMIT ?)",
    );
  }

  last(known: KnownActor): number {
    return (known.snapshots ??= Number(this.#last.get(known.actor)?.["number"] ?? 0));
  }

  at(known: KnownActor, number: number): PlacedEntry | undefined {
    const row = this.#at.get(known.actor, number);
    return row && toPlacedEntry(row);
  }

  newest(known: KnownActor, below: number): PlacedEntry | undefined {
    const { snapshots } = known;
    if (snapshots === 0) return undefined;
    if (snapshots !== undefined && snapshots < below) return this.at(known, snapshots);
    const row = this.#before.get(known.actor, below);
    const found = row && toPlacedEntry(row);
    if (below === anyNumber) known.snapshots = found?.number ?? 0; // one statement for both: most are asked for once
    return found;
  }

  add(known: KnownActor, number: number, bytes: Uint8Array): void {
    this.#add(known.actor, number, bytes);
    known.snapshots = number;
  }

  drop(known: KnownActor, below: number, limit: number): number {
    return Number(this.#drop.run(known.actor, Math.min(below, this.last(known)), limit).changes);
  }
}

// Everything that waits to be written, in one transaction: one flush of the disk for all of it. Whether an append may
// stand is seen before it is written, so a conflict never fails its neighbors.
import type { Actors } from "./actors.ts";
import type { CommitLog } from "./commit-log.ts";
import { type FencedLog, judge } from "./fenced-log.ts";
import { type Answer, rejected, unknown } from "./replies.ts";
import { type Request, requestKinds } from "./requests.ts";
import type { SnapshotLog } from "./snapshot-log.ts";
import { type Sqlite, sqliteCode, sqliteCodes, type Statement } from "./sqlite.ts";

export interface Tables {
  readonly actors: Actors;
  readonly commits: CommitLog;
  readonly snapshots: SnapshotLog;
}

const whenFull: readonly Request["kind"][] = [requestKinds.truncate, requestKinds.append, requestKinds.save];

/** Rows deleted by one call: a few milliseconds, so that appends need not wait long behind it. */
export const rowsPerTruncate = 1_000;

/** After it, what is on disk is not known for sure, and nobody may build on it: the store ends and is to be opened anew. */
export class DiskFailed extends Error {}

export class Writes {
  readonly #sqlite: Sqlite;
  readonly #tables: Tables;
  readonly #begin: Statement;
  readonly #commit: Statement;

  constructor(sqlite: Sqlite, tables: Tables) {
    this.#sqlite = sqlite;
    this.#tables = tables;
    this.#begin = sqlite.prepare("BEGIN IMMEDIATE");
    this.#commit = sqlite.prepare("COMMIT");
  }

  /** Stores all that may stand, durably, before it returns. @throws DiskFailed */
  run(requests: readonly Request[]): Answer[] {
    return this.#run(requests, true);
  }

  #run(requests: readonly Request[], isMerging: boolean): Answer[] {
    let isWritten = false;
    try {
      this.#begin.run();
      const replies = requests.map((request) => ({ id: request.id, number: this.#write(request) }));
      isWritten = true;
      if (isMerging) this.#tables.commits.merge();
      this.#commit.run();
      this.#tables.commits.settle();
      return replies;
    } catch (error) {
      const reason = (error as Error).message;
      const code = sqliteCode(error);
      this.#undo(error);
      // The index must not take the room that the writes still have, or that a truncate would make.
      if (code === sqliteCodes.full && isWritten && isMerging) return this.#run(requests, false);
      if (code === sqliteCodes.full && requests.length > 1) return this.#runEach(requests);
      if (code === sqliteCodes.full) return requests.map((request) => this.#refuse(request, reason));
      if (code === sqliteCodes.busy) return requests.map(({ id }) => ({ id, number: unknown, reason }));
      throw new DiskFailed(reason, { cause: error });
    }
  }

  /** What does not fit must not take the others with it: first what makes room, and snapshots last, which can wait. */
  #runEach(requests: readonly Request[]): Answer[] {
    const inOrder = requests.toSorted((a, b) => whenFull.indexOf(a.kind) - whenFull.indexOf(b.kind));
    return inOrder.flatMap((request) => this.#run([request], false));
  }

  /** @returns the number stored, 0 for a conflict; for a truncate whether there is more to delete */
  #write(request: Request): number {
    const { kind, key, from, to, bytes } = request;
    const known = this.#tables.actors.find(key);
    const log = this.#logOf(kind);
    if (kind === requestKinds.truncate) {
      return known.actor === 0 ? 0 : Number(log.drop(known, from, rowsPerTruncate) === rowsPerTruncate);
    }
    const { isNext, number } = judge(log, known, from, bytes);
    if (!isNext) return number;
    if (known.actor === 0) this.#tables.actors.add(key, known);
    log.add(known, number, bytes);
    if (kind === requestKinds.save) log.drop(known, number - to + 1, rowsPerTruncate);
    return number;
  }

  /** The disk is full and nothing of the batch is stored; what was stored before it still decides. */
  #refuse(request: Request, reason: string): Answer {
    const { id, kind, key, from, bytes } = request;
    if (kind === requestKinds.truncate) return { id, number: unknown, reason };
    const { isNext, number } = judge(this.#logOf(kind), this.#tables.actors.find(key), from, bytes);
    return isNext ? { id, number: rejected, reason } : { id, number };
  }

  /** SQLite may have rolled back by itself; that no transaction is open is certain once another one could begin. */
  #undo(cause: unknown): void {
    this.#tables.actors.forget();
    try {
      this.#sqlite.exec("ROLLBACK");
    } catch {
      try {
        this.#sqlite.exec("BEGIN; ROLLBACK");
      } catch (error) {
        throw new DiskFailed(`${(cause as Error).message}; then ${(error as Error).message}`, { cause });
      }
    }
    this.#tables.commits.undo();
  }

  #logOf(kind: Request["kind"]): FencedLog {
    return kind === requestKinds.save ? this.#tables.snapshots : this.#tables.commits;
  }
}

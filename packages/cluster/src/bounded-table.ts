// A member table whose every question ends in time: a call that hangs must not keep a node from asking again, nor from
// noticing that its lease is over. What comes after the time is up counts for nothing.
import type { Scheduler } from "@aether/actor";
import type { MemberTable, TableEntry, TableWatcher } from "./contracts/member-table.ts";
import type { NodeId, NodeRecord } from "./contracts/node.ts";
import { TableSilent } from "./errors.ts";
import { within } from "./waiting.ts";

/**
 * To begin a watch takes a few questions, and what it tells first may be lost on its way between servers: it would notice
 * that by itself after ten seconds. The last try has the time that a slow server may take.
 */
const watchTriesMs: readonly number[] = [2_000, 3_000, 5_000];

export class BoundedTable implements MemberTable {
  readonly #table: MemberTable;
  readonly #scheduler: Scheduler;
  readonly #withinMs: number;

  constructor(table: MemberTable, scheduler: Scheduler, withinMs: number) {
    this.#table = table;
    this.#scheduler = scheduler;
    this.#withinMs = withinMs;
  }

  read(node: NodeId): Promise<TableEntry | undefined> {
    return this.#bounded(this.#table.read(node), `the entry of node "${node}"`, this.#withinMs);
  }

  newest(): Promise<number> {
    return this.#bounded(this.#table.newest(), "its newest entry", this.#withinMs);
  }

  write(record: NodeRecord, expectedRevision: number): Promise<number | undefined> {
    const written = this.#table.write(record, expectedRevision);
    return this.#bounded(written, `a change of node "${record.node}"`, this.#withinMs);
  }

  async watch(watcher: TableWatcher): Promise<() => void> {
    let failure: unknown;
    for (const withinMs of watchTriesMs) {
      try {
        return await this.#watchOnce(watcher, withinMs);
      } catch (error) {
        failure = error;
        if (!(error instanceof TableSilent)) break;
      }
    }
    throw failure;
  }

  /** A watch that begins too late is ended at once. */
  async #watchOnce(watcher: TableWatcher, withinMs: number): Promise<() => void> {
    const begun = this.#table.watch(watcher);
    try {
      return await this.#bounded(begun, "a watch", withinMs);
    } catch (error) {
      void begun.then(
        (stop) => stop(),
        () => undefined,
      );
      throw error;
    }
  }

  #bounded<T>(answer: Promise<T>, question: string, withinMs: number): Promise<T> {
    return within(this.#scheduler, withinMs, answer, () => new TableSilent(question, withinMs));
  }
}

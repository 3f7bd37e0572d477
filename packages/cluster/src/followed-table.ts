// A member table whose watch cannot stay deaf: one whose consumer died with its server may tell nothing for a minute, and a
// change that was lost with a connection is missed only when the next one comes, if ever. Invariant: what a read, a write
// or another node's heartbeat shows of the table is told within a bounded time, or the table is watched anew. That tells
// everything again, and what is old news changes no view.
import type { Cancel, Scheduler } from "@aether/actor";
import type { MemberTable, TableEntry, TableWatcher } from "./contracts/member-table.ts";
import type { NodeId, NodeRecord } from "./contracts/node.ts";

/** One call of `watch`, over all the watches that it takes. */
interface Following {
  readonly watcher: TableWatcher;
  /** The highest revision that the watch has told. */
  told: number;
  /** The highest revision that the table itself has shown: the watch told it, or this node read or wrote it. */
  shown: number;
  isOver: boolean;
  /** Something was not told yet, or the table is being watched anew. */
  isWaiting: boolean;
  stop: () => void;
  cancelWait: Cancel;
}

export interface FollowedTableOptions {
  readonly scheduler: Scheduler;
  /** How long the watch may lag behind. */
  readonly silentMs: number;
  readonly problem: (error: unknown) => void;
}

const nothing = (): void => undefined;

export class FollowedTable implements MemberTable {
  readonly #table: MemberTable;
  readonly #options: FollowedTableOptions;
  /** A node follows once at a time. */
  #following: Following | undefined;

  constructor(table: MemberTable, options: FollowedTableOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** The highest revision that the table itself has shown. Hearsay does not count, or nobody would ever forget it. */
  get newestRevision(): number {
    const following = this.#following;
    return following === undefined || following.isOver ? 0 : following.shown;
  }

  async read(node: NodeId): Promise<TableEntry | undefined> {
    const following = this.#following;
    const entry = await this.#table.read(node);
    this.#saw(entry?.revision, following);
    return entry;
  }

  async newest(): Promise<number> {
    const following = this.#following;
    const revision = await this.#table.newest();
    this.#saw(revision, following);
    return revision;
  }

  async write(record: NodeRecord, expectedRevision: number): Promise<number | undefined> {
    const following = this.#following;
    const revision = await this.#table.write(record, expectedRevision);
    this.#saw(revision, following);
    return revision;
  }

  async watch(watcher: TableWatcher): Promise<() => void> {
    const following: Following = {
      watcher,
      told: 0,
      shown: 0,
      isOver: false,
      isWaiting: false,
      stop: nothing,
      cancelWait: nothing,
    };
    this.#following = following;
    try {
      following.stop = await this.#begin(following);
    } catch (error) {
      end(following);
      throw error;
    }
    if (following.isOver) following.stop();
    return () => end(following);
  }

  /** Somebody else has seen the table at this revision. */
  heardOf(revision: number): void {
    if (this.#following !== undefined) this.#expect(revision, this.#following);
  }

  close(): void {
    if (this.#following !== undefined) end(this.#following);
  }

  #saw(revision: number | undefined, following: Following | undefined): void {
    if (revision === undefined || following === undefined) return;
    following.shown = Math.max(following.shown, revision);
    this.#expect(revision, following);
  }

  #begin(following: Following): Promise<() => void> {
    return this.#table.watch((entry) => {
      if (following.isOver) return;
      following.told = Math.max(following.told, entry.revision);
      following.shown = Math.max(following.shown, entry.revision);
      following.watcher(entry);
    });
  }

  #expect(revision: number, following: Following): void {
    if (following.isOver || following.isWaiting || revision <= following.told) return;
    following.isWaiting = true;
    following.cancelWait = this.#options.scheduler.after(this.#options.silentMs, () => {
      if (following.told < revision) return void this.#again(revision, following);
      following.isWaiting = false;
    });
  }

  async #again(revision: number, following: Following): Promise<void> {
    try {
      const stop = await this.#begin(following);
      following.stop(); // not before: meanwhile, either may tell
      following.stop = stop;
      if (following.isOver) stop();
      following.shown = following.told; // what is not told now is not there any more
      following.isWaiting = false;
    } catch (error) {
      following.isWaiting = false;
      if (following.isOver) return;
      this.#options.problem(error);
      this.#expect(revision, following);
    }
  }
}

function end(following: Following): void {
  following.isOver = true;
  following.cancelWait();
  following.stop();
}

// The one place where nodes agree: a small table whose every change has a revision, and the revisions order all views. It
// decides nothing; whoever writes compares and sets.
import type { NodeId, NodeRecord } from "./node.ts";

export interface TableEntry {
  readonly record: NodeRecord;
  /** Above 0; grows with every change of the table, whichever node it concerns. */
  readonly revision: number;
}

/** Called in order of revision, first for what is there. */
export type TableWatcher = (entry: TableEntry) => void;

export interface MemberTable {
  /** The node's entry as the table's leader has it. */
  read(node: NodeId): Promise<TableEntry | undefined>;
  /** The revision of the table's last entry as its leader has it; 0 when there is none, or it is none that a watch tells. */
  newest(): Promise<number>;
  /**
   * Writes if the node's entry still has this revision (0: there is none). Answers the new revision, or `undefined` when
   * somebody else was faster. A throw says nothing about whether it was written.
   */
  write(record: NodeRecord, expectedRevision: number): Promise<number | undefined>;
  /**
   * Follows the table, over reconnects, until the returned function is called or the backend is closed. Resolves when the
   * watcher has been told all that was there.
   */
  watch(watcher: TableWatcher): Promise<() => void>;
}

// A backend whose table a test can make slow for one node: its watch lags behind or goes deaf, or its questions hang.
import type { ClusterBackend, TableEntry, TableWatcher } from "@aether/cluster";
import { latch } from "./harness.ts";

export interface SlowTable {
  readonly backend: ClusterBackend;
  /** From here on the node sees no changes; call what it returns to show them all. */
  lag(node: string): () => void;
  /** The watches that it has now tell nothing more, and nobody is told so. */
  deafen(node: string): void;
  /** From here on its reads do not end; call what it returns to let them. */
  hang(node: string): () => void;
  /** From here on its reads never end; call what it returns to answer those that come later. */
  drop(node: string): () => void;
}

export function slowTable(inner: ClusterBackend): SlowTable {
  const missed = new Map<string, TableEntry[]>();
  const watchers = new Map<string, TableWatcher>();
  const deaf = new Set<TableWatcher>();
  const gates = new Map<string, Promise<void>>();
  const backend: ClusterBackend = {
    name: inner.name,
    includes: inner.includes,
    async open(scope) {
      const { node } = scope;
      const opened = await inner.open(scope);
      const { table, transport } = opened;
      const watch = (watcher: TableWatcher): Promise<() => void> => {
        watchers.set(node, watcher);
        return table.watch((entry) => {
          if (deaf.has(watcher)) return;
          const kept = missed.get(node);
          if (kept === undefined) watcher(entry);
          else kept.push(entry);
        });
      };
      const read = async (of: string): Promise<TableEntry | undefined> => {
        await gates.get(node);
        return table.read(of);
      };
      const newest = async (): Promise<number> => {
        await gates.get(node);
        return table.newest();
      };
      return {
        table: { read, watch, newest, write: (record, expected) => table.write(record, expected) },
        transport,
        close: () => opened.close(),
      };
    },
  };
  return {
    backend,
    lag(node) {
      missed.set(node, []);
      return () => {
        const kept = missed.get(node) ?? [];
        missed.delete(node);
        for (const entry of kept) watchers.get(node)?.(entry);
      };
    },
    deafen(node) {
      const watcher = watchers.get(node);
      if (watcher !== undefined) deaf.add(watcher);
    },
    drop(node) {
      gates.set(node, new Promise(() => {}));
      return () => void gates.delete(node);
    },
    hang(node) {
      const { opened, open } = latch();
      gates.set(node, opened);
      return () => {
        gates.delete(node);
        open();
      };
    },
  };
}

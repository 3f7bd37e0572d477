// A backend whose table a test can set back, as a bucket that was restored from a copy or made anew: those that watch it
// wait for revisions above the last one they saw, and are told nothing.
import type { ClusterBackend, MemberTable, NodeRecord, TableEntry, TableWatcher } from "@aether/cluster";

interface Watching {
  readonly tell: TableWatcher;
  cursor: number;
}

export class RestorableTable implements MemberTable {
  #entries = new Map<string, TableEntry>();
  #revision = 0;
  readonly #watching = new Set<Watching>();

  /** A backend with this table; all else is as in `inner`. */
  in(inner: ClusterBackend): ClusterBackend {
    return {
      ...inner,
      open: async (scope) => {
        const opened = await inner.open(scope);
        return { table: this, transport: opened.transport, close: () => opened.close() };
      },
    };
  }

  /** Remembers the table as it is. @returns brings that back */
  copy(): () => void {
    const [entries, revision] = [new Map(this.#entries), this.#revision];
    return () => {
      this.#entries = new Map(entries);
      this.#revision = revision;
    };
  }

  async read(node: string): Promise<TableEntry | undefined> {
    return this.#entries.get(node);
  }

  async newest(): Promise<number> {
    return this.#revision;
  }

  async write(record: NodeRecord, expectedRevision: number): Promise<number | undefined> {
    if ((this.#entries.get(record.node)?.revision ?? 0) !== expectedRevision) return undefined;
    const entry = { record, revision: ++this.#revision };
    this.#entries.set(record.node, entry);
    for (const watching of this.#watching) this.#tell(watching, entry);
    return entry.revision;
  }

  async watch(watcher: TableWatcher): Promise<() => void> {
    const watching: Watching = { tell: watcher, cursor: 0 };
    for (const entry of [...this.#entries.values()].toSorted((a, b) => a.revision - b.revision)) {
      this.#tell(watching, entry);
    }
    this.#watching.add(watching);
    return () => void this.#watching.delete(watching);
  }

  #tell(watching: Watching, entry: TableEntry): void {
    if (entry.revision <= watching.cursor) return;
    watching.cursor = entry.revision;
    watching.tell(entry);
  }
}

// A member table in the hands of a test: answers when the test says so, fails when it says so.
import type { Random } from "@aether/actor";
import type { MemberTable, NodeRecord, TableEntry, TableWatcher } from "@aether/cluster";

export class TableDouble implements MemberTable {
  readonly entries = new Map<string, TableEntry>();
  readonly watchers: TableWatcher[] = [];
  revision = 0;
  reads = 0;
  /** What the next reads wait for. */
  hold: Promise<void> | undefined;
  failure: Error | undefined;
  /** Runs just before a write is compared. */
  beforeWrite: (() => void) | undefined;

  async read(node: string): Promise<TableEntry | undefined> {
    this.reads++;
    const { failure } = this;
    const entry = this.entries.get(node); // as it was when the question arrived
    await this.hold;
    if (failure !== undefined) throw failure;
    return entry;
  }

  async newest(): Promise<number> {
    const { failure, revision } = this;
    await this.hold;
    if (failure !== undefined) throw failure;
    return revision;
  }

  async write(record: NodeRecord, expectedRevision: number): Promise<number | undefined> {
    if (this.failure !== undefined) throw this.failure;
    this.beforeWrite?.();
    if ((this.entries.get(record.node)?.revision ?? 0) !== expectedRevision) return undefined;
    return this.set(record);
  }

  async watch(watcher: TableWatcher): Promise<() => void> {
    for (const entry of this.entries.values()) watcher(entry);
    this.watchers.push(watcher);
    return () => {
      const at = this.watchers.indexOf(watcher);
      if (at >= 0) this.watchers.splice(at, 1);
    };
  }

  /** Writes as somebody else would. */
  set(record: NodeRecord): number {
    const entry = { record, revision: ++this.revision };
    this.entries.set(record.node, entry);
    for (const watcher of this.watchers) watcher(entry);
    return entry.revision;
  }
}

/** Every epoch ends with zeros. */
export const noChance: Random = { next: () => 0 };

export function recordOf(node: string, rest: Partial<NodeRecord> = {}): NodeRecord {
  return { node, epoch: 0, state: "up", weight: 1, types: ["t"], time: 0, ...rest };
}

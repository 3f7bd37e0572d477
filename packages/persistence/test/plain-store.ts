// A correct store in a few lines, to be broken in one way at a time, and which cases of a suite then fail.
import type { ActorKey, AppendOutcome, EventStore, SnapshotStore, StoredCommit, Token } from "@aether/persistence";
import { eventStoreSuite, snapshotStoreSuite } from "@aether/persistence/testing";

export const conflict: AppendOutcome = { type: "conflict" };

/** Every part is open to be replaced. */
export class Plain implements EventStore, SnapshotStore {
  readonly limits = { maxCommitBytes: 100_000, maxSnapshotBytes: 100_000 };
  protected readonly log: Map<string, StoredCommit[]>;
  protected isClosed = false;
  constructor(log: Map<string, StoredCommit[]>) {
    this.log = log;
  }
  protected key({ type, id }: ActorKey): string {
    return JSON.stringify([type, id]);
  }
  protected of(actor: ActorKey): StoredCommit[] {
    const key = this.key(actor);
    return this.log.get(key) ?? this.log.set(key, []).get(key)!;
  }
  protected assertOpen(): void {
    if (this.isClosed) throw new Error("closed");
  }
  protected put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
    const commits = this.of(actor);
    const token = (commits.at(-1)?.token ?? 0) + 3;
    commits.push({ token, bytes: Uint8Array.from(bytes) });
    return { type: "committed", token };
  }
  protected last(actor: ActorKey): Token {
    return this.of(actor).at(-1)?.token ?? 0;
  }
  protected standing(actor: ActorKey, after: Token, bytes: Uint8Array): AppendOutcome {
    const next = this.of(actor).find(({ token }) => token > after);
    return next && Buffer.compare(next.bytes, bytes) === 0 ? { type: "committed", token: next.token } : conflict;
  }
  async head(actor: ActorKey): Promise<StoredCommit | undefined> {
    this.assertOpen();
    return structuredClone(this.of(actor).at(-1));
  }
  async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
    this.assertOpen();
    if (bytes.length > 100_000) return { type: "rejected", reason: "too large" };
    return this.last(actor) === after ? this.put(actor, bytes) : this.standing(actor, after, bytes);
  }
  async *read(actor: ActorKey, { after, upTo }: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
    this.assertOpen();
    yield structuredClone(this.of(actor).filter(({ token }) => token > after && token <= upTo));
  }
  async truncate(actor: ActorKey, before: Token): Promise<void> {
    this.assertOpen();
    const commits = this.of(actor);
    this.log.set(
      this.key(actor),
      commits.filter(({ token }, i) => token >= before || i === commits.length - 1),
    );
  }
  async *list(): AsyncIterable<ActorKey[]> {
    this.assertOpen();
    for (const [key, commits] of this.log) {
      const [type, id] = JSON.parse(key) as [string, string];
      if (commits.length > 0) yield [{ type, id }];
    }
  }
  async load(actor: ActorKey, before: Token = Number.POSITIVE_INFINITY): Promise<StoredCommit | undefined> {
    this.assertOpen();
    return structuredClone(this.of(actor).findLast(({ token }) => token < before));
  }
  save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
    return this.append(actor, after, bytes);
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export type Broken = new (log: Map<string, StoredCommit[]>) => Plain;

export async function failures(Store: Broken, suite: "events" | "snapshots"): Promise<string[]> {
  const open = async () => {
    const log = new Map<string, StoredCommit[]>();
    return { connect: async () => new Store(log) };
  };
  const cases = suite === "events" ? eventStoreSuite({ open }) : snapshotStoreSuite({ open });
  const failed: string[] = [];
  for (const { name, run } of cases) await run().catch(() => failed.push(name));
  return failed;
}

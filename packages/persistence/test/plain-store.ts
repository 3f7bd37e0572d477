// A correct store in a few lines, to be broken in one way at a time, and which cases of a suite then fail.
import type {
  ActorKey,
  AppendOutcome,
  EventStore,
  SnapshotStore,
  StoredAt,
  StoredCommit,
  Token,
} from "@aether/persistence";
import { eventStoreSuite, snapshotStoreSuite, type SuiteCase } from "@aether/persistence/testing";

/** Broken stores never settle what they drop: nobody waits long for it. */
const patienceMs = 100;

export const conflict: AppendOutcome = { type: "conflict" };

/** What is stored, and who follows it: shared by all connections of a place. */
export class Shelf extends Map<string, StoredCommit[]> {
  readonly followers = new Set<(stored: StoredAt) => void>();
}

/** Every part is open to be replaced. */
export class Plain implements EventStore, SnapshotStore {
  readonly limits = { maxCommitBytes: 100_000, maxSnapshotBytes: 100_000 };
  protected readonly log: Shelf;
  protected readonly ends = new Set<() => void>();
  protected isClosed = false;
  protected warnings = 0;
  constructor(log: Shelf) {
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
    const token = this.next(actor);
    commits.push({ token, bytes: Uint8Array.from(bytes) });
    this.tell({ actor, token });
    return { type: "committed", token };
  }
  protected next(actor: ActorKey): Token {
    return this.last(actor) + 3;
  }
  protected tell(stored: StoredAt): void {
    for (const listener of this.log.followers) {
      try {
        listener(stored);
      } catch {
        this.warnings++; // of somebody else's failure
      }
    }
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
    const found = this.of(actor).filter(({ token }) => token > after && token <= upTo);
    if (upTo > after && found.at(-1)?.token !== upTo) throw new Error(`${upTo} is not stored`);
    yield structuredClone(found);
  }
  async truncate(actor: ActorKey, before: Token): Promise<void> {
    this.assertOpen();
    this.keep(actor, ({ token }, i, { length }) => token >= before || i === length - 1);
  }
  protected keep(actor: ActorKey, isKept: (commit: StoredCommit, i: number, all: StoredCommit[]) => boolean): void {
    const commits = this.of(actor);
    commits.splice(0, commits.length, ...commits.filter(isKept));
  }
  async *list(): AsyncIterable<ActorKey[]> {
    this.assertOpen();
    for (const [key, commits] of this.log) {
      const [type, id] = JSON.parse(key) as [string, string];
      if (commits.length > 0) yield [{ type, id }];
    }
  }
  async follow(listener: (stored: StoredAt) => void): Promise<() => Promise<void>> {
    this.assertOpen();
    const follower = (stored: StoredAt): void => listener(stored);
    this.log.followers.add(follower);
    const end = (): void => void this.log.followers.delete(follower);
    this.ends.add(end);
    return async () => end();
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
    for (const end of this.ends) end();
  }
}

export type Broken = new (log: Shelf) => Plain;
/** By what is wrong with it: the case that has to say so, and the store. */
export type BrokenStores = Readonly<Record<string, readonly [caughtBy: string, Broken]>>;
export type SuiteName = "events" | "snapshots";

export function suiteOf(Store: Broken, suite: SuiteName): SuiteCase[] {
  const open = async () => {
    const log = new Shelf();
    return { connect: async () => new Store(log) };
  };
  return suite === "events" ? eventStoreSuite({ open, patienceMs }) : snapshotStoreSuite({ open, patienceMs });
}

// Stores that fail as a test says: every fault that a real store shows to the runtime, at the call of the test's choice.
import { type Scheduler, systemScheduler } from "@aether/actor";
import type { OpenStores, StoreBackend } from "../contracts/backend.ts";
import type { ActorKey, AppendOutcome, EventStore, StoredCommit, Token } from "../contracts/event-store.ts";
import type { SnapshotStore, StoredSnapshot } from "../contracts/snapshot-store.ts";
import { headBefore, snapshotBefore, withoutLast } from "./stale-reads.ts";

export type StoreOperation = "head" | "append" | "read" | "truncate" | "load" | "save";

/** One call, before it is made. */
export interface StoreCall {
  readonly operation: StoreOperation;
  /** Counts the calls of this operation, from 1. */
  readonly n: number;
  readonly actor: ActorKey;
  /** What an append or a save would store. */
  readonly bytes: Uint8Array | undefined;
}

/** What happens in place of the call, or around it. The answers are for `append` and `save` alone. */
export type Fault =
  /** Unknown, and not stored. */
  | { readonly type: "throw-before" }
  /** Unknown, yet stored. */
  | { readonly type: "throw-after" }
  | { readonly type: "rejected"; readonly reason?: string }
  /** Answered without looking: the store itself has stored nothing. */
  | { readonly type: "conflict" }
  /** What `head`, `load` or `read` gives is changed on its way back; `undefined` in place of a commit leaves it out. */
  | { readonly type: "corrupt"; readonly change: (stored: StoredCommit) => StoredCommit | undefined }
  /** `head`, `load` and `read` answer as before the last commit or snapshot: a replica that is behind. */
  | { readonly type: "stale" }
  /** Reaches the store only then; `next` is what happens to it there. */
  | { readonly type: "wait"; readonly until: Promise<unknown>; readonly next?: Fault }
  /** The same, so many milliseconds later. */
  | { readonly type: "delay"; readonly ms: number; readonly next?: Fault };

/** Decides for each call; `undefined` lets it through. */
export type Faults = (call: StoreCall) => Fault | undefined;

export interface FaultOptions {
  /** What `delay` waits by. @default the system's */
  readonly scheduler?: Scheduler;
}

/** An event store whose calls meet the faults that the test decides on. */
export function faultyEventStore(store: EventStore, faults: Faults, options: FaultOptions = {}): EventStore {
  const meet = meeter(faults, options);
  return {
    limits: store.limits,
    head: (actor): Promise<StoredCommit | undefined> =>
      meet({ operation: "head", actor, stale: () => headBefore(store, actor) }, () => store.head(actor)),
    append: (actor, after, bytes): Promise<AppendOutcome> =>
      meet({ operation: "append", actor, bytes }, () => store.append(actor, after, bytes)),
    async *read(actor, range): AsyncIterable<readonly StoredCommit[]> {
      const stale = async (): Promise<ReturnType<EventStore["read"]>> => withoutLast(store.read(actor, range));
      yield* await meet({ operation: "read", actor, stale }, async () => store.read(actor, range));
    },
    truncate: (actor, before): Promise<void> =>
      meet({ operation: "truncate", actor }, () => store.truncate(actor, before)),
    list: () => store.list(),
    ...(store.follow && { follow: store.follow.bind(store) }),
    close: () => store.close(),
  };
}

/** A snapshot store whose calls meet the faults that the test decides on. */
export function faultySnapshotStore(store: SnapshotStore, faults: Faults, options: FaultOptions = {}): SnapshotStore {
  const meet = meeter(faults, options);
  return {
    limits: store.limits,
    load: (actor, before?: Token): Promise<StoredSnapshot | undefined> =>
      meet({ operation: "load", actor, stale: () => snapshotBefore(store, actor, before) }, () =>
        store.load(actor, before),
      ),
    save: (actor, after, bytes): Promise<AppendOutcome> =>
      meet({ operation: "save", actor, bytes }, () => store.save(actor, after, bytes)),
    close: () => store.close(),
  };
}

/** A backend with both. Each `open` counts its calls anew. */
export function faultyBackend(backend: StoreBackend, faults: Faults, options: FaultOptions = {}): StoreBackend {
  return {
    name: `faulty ${backend.name}`,
    async open(scope): Promise<OpenStores> {
      const { events, snapshots, ...rest } = await backend.open(scope);
      return {
        ...rest,
        events: faultyEventStore(events, faults, options),
        snapshots: faultySnapshotStore(snapshots, faults, options),
      };
    },
  };
}

type Subject<T> = Pick<StoreCall, "operation" | "actor"> & {
  readonly bytes?: Uint8Array;
  /** The answer of a replica that is behind. */
  readonly stale?: () => Promise<T>;
};

function meeter(
  faults: Faults,
  { scheduler = systemScheduler }: FaultOptions,
): <T>(subject: Subject<T>, call: () => Promise<T>) => Promise<T> {
  const counts = new Map<StoreOperation, number>();
  return ({ operation, actor, bytes, stale }, call) => {
    const n = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, n);
    const fault = faults({ operation, n, actor, bytes });
    return suffer(fault, {
      call,
      stale: stale ?? call,
      what: `${operation} ${n} of ${actor.type}/${actor.id}`,
      scheduler,
    });
  };
}

interface Suffering<T> {
  readonly call: () => Promise<T>;
  readonly stale: () => Promise<T>;
  readonly what: string;
  readonly scheduler: Scheduler;
}

async function suffer<T>(fault: Fault | undefined, suffering: Suffering<T>): Promise<T> {
  const { call, stale, what, scheduler } = suffering;
  switch (fault?.type) {
    case undefined:
      return call();
    case "throw-before":
      throw new Error(`${what}: injected, nothing was done`);
    case "throw-after":
      await call();
      throw new Error(`${what}: injected, it was done`);
    case "rejected":
      return { type: "rejected", reason: fault.reason ?? `${what}: injected` } satisfies AppendOutcome as T;
    case "conflict":
      return { type: "conflict" } satisfies AppendOutcome as T;
    case "corrupt":
      return corrupted(await call(), fault.change) as T;
    case "stale":
      return stale();
    case "wait":
      await fault.until;
      return suffer(fault.next, suffering);
    case "delay":
      await new Promise<void>((resolve) => void scheduler.after(fault.ms, resolve));
      return suffer(fault.next, suffering);
  }
}

type Change = (stored: StoredCommit) => StoredCommit | undefined;

function corrupted(answer: unknown, change: Change): unknown {
  if (answer === undefined) return undefined;
  if (!(Symbol.asyncIterator in (answer as object))) return change(answer as StoredCommit);
  return corruptedPages(answer as AsyncIterable<readonly StoredCommit[]>, change);
}

async function* corruptedPages(
  pages: AsyncIterable<readonly StoredCommit[]>,
  change: Change,
): AsyncIterable<readonly StoredCommit[]> {
  for await (const page of pages) yield page.map(change).filter((stored) => stored !== undefined);
}

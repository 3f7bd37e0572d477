// A store as a process sees it that may die: each call goes through the plan of its life.
import type { EventStore, OpenStores, SnapshotStore, StoreBackend, StoredCommit } from "@aether/persistence";
import type { CrashPlan } from "./crash-plan.ts";

export function mortalBackend(backend: StoreBackend, plan: CrashPlan): StoreBackend {
  return {
    name: backend.name,
    async open(scope): Promise<OpenStores> {
      const { events, snapshots, ...rest } = await backend.open(scope);
      return { ...rest, events: mortalEvents(events, plan), snapshots: mortalSnapshots(snapshots, plan) };
    },
  };
}

function mortalEvents(store: EventStore, plan: CrashPlan): EventStore {
  const follow: EventStore["follow"] = store.follow?.bind(store);
  return {
    limits: store.limits,
    head: (actor) => plan.around(`head of ${actor.type}/${actor.id}`, () => store.head(actor)),
    append: (actor, after, bytes) =>
      plan.around(`append to ${actor.type}/${actor.id}`, () => store.append(actor, after, bytes)),
    async *read(actor, range): AsyncIterable<readonly StoredCommit[]> {
      yield* await plan.around(`read of ${actor.type}/${actor.id}`, async () => store.read(actor, range));
    },
    truncate: (actor, before) =>
      plan.around(`truncate of ${actor.type}/${actor.id}`, () => store.truncate(actor, before)),
    list: () => store.list(),
    ...(follow && {
      follow: (listener) =>
        follow((stored) => {
          if (plan.diedAt === undefined) listener(stored);
        }),
    }),
    close: () => store.close(),
  };
}

function mortalSnapshots(store: SnapshotStore, plan: CrashPlan): SnapshotStore {
  return {
    limits: store.limits,
    load: (actor, before) => plan.around(`snapshot load of ${actor.type}/${actor.id}`, () => store.load(actor, before)),
    save: (actor, after, bytes) =>
      plan.around(`snapshot save of ${actor.type}/${actor.id}`, () => store.save(actor, after, bytes)),
    close: () => store.close(),
  };
}

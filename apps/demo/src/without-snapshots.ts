// A decorator of a store: there are no snapshots, and none are kept. Shows what recovery costs without them.
import type { SnapshotStore, StoreBackend } from "@aether/persistence";

const none: SnapshotStore = {
  limits: { maxSnapshotBytes: Number.MAX_SAFE_INTEGER },
  load: async () => undefined,
  save: async () => ({ type: "rejected", reason: "this run keeps none" }),
  close: async () => undefined,
};

export function withoutSnapshots(store: StoreBackend): StoreBackend {
  return { name: store.name, open: async (scope) => ({ ...(await store.open(scope)), snapshots: none }) };
}

// The memory backend: `persistence({ store: memory() })`.
import type { OpenStores, StoreBackend } from "../contracts/backend.ts";
import { MemoryEventStore, MemoryLog } from "./event-store.ts";
import { MemorySnapshotStore } from "./snapshot-store.ts";

const snapshotsKept = 2;

/**
 * A store in this process. Its contents live as long as the returned object: systems that are given the same one share
 * them, also one after the other. Nothing survives the process.
 */
export function memory(): StoreBackend {
  const scopes = new Map<string, { events: MemoryLog; snapshots: MemoryLog }>();
  return {
    name: "memory",
    async open({ systemName, warn }): Promise<OpenStores> {
      const logs = scopes.get(systemName) ?? { events: new MemoryLog(), snapshots: new MemoryLog(snapshotsKept) };
      scopes.set(systemName, logs);
      return { events: new MemoryEventStore(logs.events, warn), snapshots: new MemorySnapshotStore(logs.snapshots) };
    },
  };
}

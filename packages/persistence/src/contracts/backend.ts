// How a backend is handed to `persistence({ store })`: opened when the system starts, closed when it stops.
import type { EventStore } from "./event-store.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

export interface OpenStores {
  readonly events: EventStore;
  readonly snapshots: SnapshotStore;
  /** Lets go of what both share, after both are closed. */
  close?(): Promise<void>;
}

export interface StoreBackend {
  /** What people call it, such as "memory". */
  readonly name: string;
  /** @param scope separates what systems of different names store in one place */
  open(scope: { readonly systemName: string; readonly warn: (message: string) => void }): Promise<OpenStores>;
}

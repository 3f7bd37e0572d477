// Opens and closes the stores of a system: one backend for both, or one each.
import type { PluginHost } from "@aether/actor";
import type { OpenStores, StoreBackend } from "./contracts/backend.ts";

type Backends = { readonly store: StoreBackend; readonly snapshots?: StoreBackend };

export async function openStores({ store, snapshots }: Backends, host: PluginHost): Promise<OpenStores> {
  const stores = await open(store, host);
  if (snapshots === undefined || snapshots === store) return stores;
  let others: OpenStores;
  try {
    others = await open(snapshots, host);
  } catch (error) {
    await closeStores(stores).catch((failure: unknown) => warner(store, host)(`not closed: ${String(failure)}`));
    throw error; // why there is no system: it says more than that something could not be closed
  }
  return {
    events: stores.events,
    snapshots: others.snapshots,
    close: () =>
      closeAll([
        () => stores.snapshots.close(),
        () => stores.close?.(),
        () => others.events.close(),
        () => others.close?.(),
      ]),
  };
}

/** Every part, whichever of them fails. @throws the first failure, once all are through */
export function closeStores(stores: OpenStores): Promise<void> {
  return closeAll([() => stores.events.close(), () => stores.snapshots.close(), () => stores.close?.()]);
}

async function closeAll(closers: readonly (() => Promise<void> | undefined)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function open(store: StoreBackend, host: PluginHost): Promise<OpenStores> {
  return store.open({ systemName: host.systemName, warn: warner(store, host) });
}

function warner({ name }: StoreBackend, { events }: PluginHost): (message: string) => void {
  return (message) => events.publish({ type: "store-warning", level: "warn", store: name, message });
}

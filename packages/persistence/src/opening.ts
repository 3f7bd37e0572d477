// Opens the stores of a system: one backend for both, or one each.
import type { PluginHost } from "@aether/actor";
import type { OpenStores, StoreBackend } from "./contracts/backend.ts";

type Backends = { readonly store: StoreBackend; readonly snapshots?: StoreBackend };

export async function openStores({ store, snapshots }: Backends, host: PluginHost): Promise<OpenStores> {
  const stores = await open(store, host);
  if (snapshots === undefined || snapshots === store) return stores;
  try {
    const others = await open(snapshots, host);
    return {
      events: stores.events,
      snapshots: others.snapshots,
      async close() {
        await stores.snapshots.close();
        await stores.close?.();
        await others.events.close();
        await others.close?.();
      },
    };
  } catch (error) {
    await stores.events.close();
    await stores.snapshots.close();
    await stores.close?.();
    throw error;
  }
}

function open(store: StoreBackend, { systemName, events }: PluginHost): Promise<OpenStores> {
  const warn = (message: string): void =>
    events.publish({ type: "store-warning", level: "warn", store: store.name, message });
  return store.open({ systemName, warn });
}

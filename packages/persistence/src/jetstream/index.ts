// The JetStream backend: `persistence({ store: jetStream({ servers }) })`. `cluster({ servers })` brings it along.
import type { Link } from "@aether/nats";
import type { OpenStores, StoreBackend } from "../contracts/backend.ts";
import { verifyDurability } from "./durability.ts";
import { JetStreamEventStore } from "./event-store.ts";
import { placeOf } from "./layout.ts";
import { checkedOptions, type CheckedOptions, type JetStreamOptions } from "./options.ts";
import { provisionStores } from "./provisioning.ts";
import { JetStreamSnapshotStore } from "./snapshot-store.ts";

export { clientOf } from "./client.ts";
export { openEventLog } from "./event-log.ts";
export type { JetStreamEventStore } from "./event-store.ts";
export {
  bucketOf,
  checkNamespace,
  partitionOf,
  partitions,
  placeOf,
  type StreamPlace,
  subjectPrefixOf,
} from "./layout.ts";
export type { DurabilityProfile, JetStreamOptions } from "./options.ts";
export { eventStreamsOf } from "./partition-map.ts";
export { ensureBucket, provisionStores, type ProvisionedStores, type Provisioning } from "./provisioning.ts";
export type { OpenStream } from "./stream.ts";
export type { VersionCache, VersionCacheStats } from "./version-cache.ts";

/** What `jetStream` opens. */
export interface OpenJetStream extends OpenStores {
  readonly events: JetStreamEventStore;
}

/** The backend of {@link jetStream}. */
export interface JetStreamBackend extends StoreBackend {
  /** @throws StoreMisconfigured (`PERSISTENCE_STORE_MISCONFIGURED`) when streams or servers are set up otherwise */
  open(scope: Parameters<StoreBackend["open"]>[0]): Promise<OpenJetStream>;
}

/** @throws TypeError for a wrong name, or without exactly one of `servers` and `link`; RangeError for an option out of range */
export function jetStream(options: JetStreamOptions): JetStreamBackend {
  const checked = checkedOptions(options);
  return {
    name: "JetStream",
    async open({ systemName, warn }): Promise<OpenJetStream> {
      const { link, close } = await checked.connect(systemName);
      try {
        return { ...(await openStores(link, checked, { systemName, warn })), close };
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

interface Scope {
  readonly systemName: string;
  readonly warn: (message: string) => void;
}

async function openStores(link: Link, options: CheckedOptions, { systemName, warn }: Scope): Promise<OpenJetStream> {
  const { namespace, replicas, eventStreams, snapshotsKept, maxCachedActors } = options;
  const wanted = { systemName, namespace, eventStreams, replicas, snapshotsKept };
  const { map, bucket, events, snapshots } = await provisionStores(link, wanted);
  if (map.streams.length !== eventStreams) {
    warn(
      `eventStreams is ${eventStreams}, but the events of this system are in ${map.streams.length} since its first start.`,
    );
  }
  await verifyDurability(options, [bucket, ...events, snapshots], warn);
  const isReplicated = events.some((stream) => stream.replicas > 1);
  return {
    events: new JetStreamEventStore({
      link,
      place: placeOf(systemName, "ev", namespace),
      map,
      isReplicated,
      maxCachedActors,
      warn,
    }),
    snapshots: new JetStreamSnapshotStore({
      link,
      place: placeOf(systemName, "sn", namespace),
      isReplicated: snapshots.replicas > 1,
    }),
  };
}

// The JetStream backend: `persistence({ store: jetStream({ servers }) })`. `cluster({ servers })` brings it along.
import type { Link } from "@aether/nats";
import type { OpenStores, StoreBackend } from "../contracts/backend.ts";
import { verifyDurability } from "./durability.ts";
import { JetStreamEventStore } from "./event-store.ts";
import { placeOf } from "./layout.ts";
import { checkedOptions, type CheckedOptions, type JetStreamOptions } from "./options.ts";
import { openPartitionMap, type PartitionMap } from "./partition-map.ts";
import { JetStreamSnapshotStore } from "./snapshot-store.ts";
import { ensureStream, logStream, type OpenStream } from "./stream.ts";

export type { JetStreamEventStore } from "./event-store.ts";
export { partitionOf, partitions, placeOf, type StreamPlace } from "./layout.ts";
export type { DurabilityProfile, JetStreamOptions } from "./options.ts";
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
  const { replicas, eventStreams, snapshotsKept, maxCachedActors } = options;
  const { map, bucket } = await openPartitionMap(link, { systemName, eventStreams, replicas });
  if (map.streams.length !== eventStreams) {
    warn(
      `eventStreams is ${eventStreams}, but the events of this system are in ${map.streams.length} since its first start.`,
    );
  }
  const events = await openEventStreams(link, { systemName, map, replicas });
  const place = placeOf(systemName, "sn");
  const snapshots = await ensureStream(link, logStream(place.stream, [place.subjects], snapshotsKept, replicas));
  await verifyDurability(options, [bucket, ...events, snapshots], warn);
  const isReplicated = events.some((stream) => stream.replicas > 1);
  return {
    events: new JetStreamEventStore({
      link,
      place: placeOf(systemName, "ev"),
      map,
      isReplicated,
      maxCachedActors,
      warn,
    }),
    snapshots: new JetStreamSnapshotStore({ link, place, isReplicated: snapshots.replicas > 1 }),
  };
}

interface EventStreams {
  readonly systemName: string;
  readonly map: PartitionMap;
  readonly replicas: number;
}

function openEventStreams(link: Link, { systemName, map, replicas }: EventStreams): Promise<OpenStream[]> {
  const place = placeOf(systemName, "ev");
  const subjectsOf = (stream: number): string[] =>
    map.partitions.flatMap((of, partition) => (of === stream ? [place.subjectsOf(partition)] : []));
  return Promise.all(
    map.streams.map((name, i) => {
      const subjects = map.streams.length === 1 ? [place.subjects] : subjectsOf(i);
      return ensureStream(link, logStream(name, subjects, -1, replicas));
    }),
  );
}

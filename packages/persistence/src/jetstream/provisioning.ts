// What a system needs in JetStream, made where it is missing: the bucket of its layout, the streams of its events, the
// stream of its snapshots. Invariant: whoever may not make them is told everything that is missing, at once.
import type { Link } from "@aether/nats";
import { StoreNotProvisioned } from "../access-errors.ts";
import { placeOf, type StreamPlace } from "./layout.ts";
import { openPartitionMap, type PartitionMap, spread } from "./partition-map.ts";
import { bucketStream, ensureStream, logStream, type OpenStream } from "./stream.ts";

/** What is wanted where nothing stands yet; what stands keeps its replicas and its number of event streams. */
export interface Provisioning {
  readonly systemName: string;
  readonly namespace: string | undefined;
  readonly replicas: number;
  readonly eventStreams: number;
  readonly snapshotsKept: number;
}

/** All of it, as it is. */
export interface ProvisionedStores {
  readonly map: PartitionMap;
  readonly bucket: OpenStream;
  readonly events: readonly OpenStream[];
  readonly snapshots: OpenStream;
}

/**
 * @throws StoreNotProvisioned (`PERSISTENCE_STORE_NOT_PROVISIONED`) when something is missing and may not be made
 * @throws StoreMisconfigured (`PERSISTENCE_STORE_MISCONFIGURED`) when something is there and is not as it should be
 */
export async function provisionStores(link: Link, wanted: Provisioning): Promise<ProvisionedStores> {
  const { systemName, namespace, replicas, eventStreams, snapshotsKept } = wanted;
  const [eventPlace, place] = [placeOf(systemName, "ev", namespace), placeOf(systemName, "sn", namespace)];
  const missing: string[] = [];
  const note = (error: unknown): undefined => {
    if (!(error instanceof StoreNotProvisioned)) throw error;
    missing.push(...error.missing);
  };
  const opened = await openPartitionMap(link, wanted).catch(note);
  const map = opened?.map ?? spread(eventPlace.stream, eventStreams);
  const events = await Promise.all(
    subjectsPerStream(eventPlace, map).map(([name, subjects]) =>
      ensureStream(link, logStream(name, subjects, -1, replicas)).catch(note),
    ),
  );
  const kept = logStream(place.stream, [place.subjects], snapshotsKept, replicas);
  const snapshots = await ensureStream(link, kept).catch(note);
  if (opened === undefined || snapshots === undefined || missing.length > 0) throw new StoreNotProvisioned(missing);
  return { ...opened, events: events as readonly OpenStream[], snapshots };
}

/** A key-value bucket with one value per key. Throws as {@link provisionStores}. */
export function ensureBucket(link: Link, bucket: string, replicas: number): Promise<OpenStream> {
  return ensureStream(link, bucketStream(`KV_${bucket}`, bucket, replicas));
}

function subjectsPerStream(place: StreamPlace, map: PartitionMap): ReadonlyArray<readonly [string, readonly string[]]> {
  const subjectsOf = (stream: number): string[] =>
    map.partitions.flatMap((of, partition) => (of === stream ? [place.subjectsOf(partition)] : []));
  return map.streams.map((name, i) => [name, map.streams.length === 1 ? [place.subjects] : subjectsOf(i)]);
}

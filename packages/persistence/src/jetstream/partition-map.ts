// Which stream holds which partition of a system's events. Whoever opens the system's store first decides, by
// compare-and-set in a key-value bucket; all others take what they find there, so that no two nodes ever differ.
import type { Link } from "@aether/nats";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { StoreNotProvisioned } from "../access-errors.ts";
import { StoreMisconfigured } from "../errors.ts";
import { bucketOf, partitions, placeOf } from "./layout.ts";
import { answerTimeoutMs, untilAnswered } from "./retrying.ts";
import { bucketStream, ensureStream, type OpenStream } from "./stream.ts";

export interface PartitionMap {
  readonly streams: readonly string[];
  /** For each partition the index of its stream in `streams`. */
  readonly partitions: readonly number[];
}

export interface MapOpening {
  readonly systemName: string;
  readonly namespace: string | undefined;
  readonly eventStreams: number;
  readonly replicas: number;
}

const key = "event-streams";
const format = 1;
const streamNotFound = 10059;

/**
 * The map of the system, made now if there is none, and the stream of the bucket that it stands in.
 * @throws StoreMisconfigured (`PERSISTENCE_STORE_MISCONFIGURED`) when the bucket holds something else
 */
export async function openPartitionMap(
  link: Link,
  { systemName, namespace, eventStreams, replicas }: MapOpening,
): Promise<{ readonly map: PartitionMap; readonly bucket: OpenStream }> {
  const { bucket, stream } = bucketOf(systemName, namespace);
  const open = await ensureStream(link, bucketStream(stream, bucket, replicas));
  const subject = `$KV.${bucket}.${key}`;
  const { stream: events } = placeOf(systemName, "ev", namespace);
  const proposal = Buffer.from(JSON.stringify({ format, ...spread(events, eventStreams) }));
  const found = await untilAnswered(async () => {
    const standing = await link.getLastFromLeader(stream, subject);
    if (standing !== undefined) return standing;
    const outcome = await link.append(subject, proposal, 0);
    if (outcome.type === "refused" && outcome.code === 0) throw new StoreNotProvisioned([`${stream}, key "${key}"`]);
    if (outcome.type === "refused") throw new Error(`the bucket ${bucket} refused the map: ${outcome.description}`);
    // Ours or that of another node: what stands there counts.
    return link.getLastFromLeader(stream, subject);
  });
  return { map: parse(found?.data ?? new Uint8Array(), `${stream}, key "${key}"`), bucket: open };
}

/** The streams of events that are spread over so many. */
export function eventStreamsOf(stream: string, count: number): string[] {
  return count === 1 ? [stream] : Array.from({ length: count }, (_, i) => `${stream}_${i}`);
}

/**
 * The map of a system whose store exists; nothing is made.
 * @throws StoreNotProvisioned (`PERSISTENCE_STORE_NOT_PROVISIONED`) when there is none; StoreMisconfigured as above
 */
export async function findPartitionMap(link: Link, systemName: string, namespace?: string): Promise<PartitionMap> {
  const { bucket, stream } = bucketOf(systemName, namespace);
  const manager = await jetstreamManager(link.connection, { checkAPI: false, timeout: answerTimeoutMs });
  const found = await untilAnswered(async () => {
    // A stream that does not exist and one without a leader are both silent: only its info tells them apart.
    if (!(await isThere(manager, stream))) return undefined;
    return link.getLastFromLeader(stream, `$KV.${bucket}.${key}`);
  });
  if (found === undefined) throw new StoreNotProvisioned([`${stream}, key "${key}"`]);
  return parse(found.data, `${stream}, key "${key}"`);
}

async function isThere(manager: JetStreamManager, stream: string): Promise<boolean> {
  try {
    await manager.streams.info(stream);
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === streamNotFound) return false;
    throw error;
  }
}

/** Neighboring partitions share a stream; the hash behind them spreads actors evenly anyway. */
export function spread(stream: string, count: number): PartitionMap {
  return {
    streams: eventStreamsOf(stream, count),
    partitions: Array.from({ length: partitions }, (_, i) => Math.floor((i * count) / partitions)),
  };
}

function parse(bytes: Uint8Array, place: string): PartitionMap {
  const text = Buffer.from(bytes).toString();
  const wanted = `{"format":${format},"streams":[names],"partitions":[${partitions} indexes of streams, each used]}`;
  try {
    const found = JSON.parse(text) as Partial<PartitionMap> & { readonly format?: unknown };
    if (found.format === format && isMap(found)) return { streams: found.streams, partitions: found.partitions };
  } catch {
    // what is no JSON is no map either
  }
  throw new StoreMisconfigured(place, "map", { found: text, wanted, fix: "Restore it: it says where each actor is." });
}

function isMap(map: Partial<PartitionMap>): map is PartitionMap {
  const { streams, partitions: of } = map;
  if (!Array.isArray(streams) || !Array.isArray(of) || of.length !== partitions) return false;
  const isName = (name: unknown): boolean => typeof name === "string" && name !== "";
  const indexes = new Set<unknown>(of);
  return streams.every(isName) && indexes.size === streams.length && streams.every((_, i) => indexes.has(i));
}

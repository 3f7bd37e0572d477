// The streams themselves: made at first use, and compared with what is expected ever after. An old server drops options
// that it does not know without a word, so what it echoes is what counts.
import {
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import type { Link } from "@aether/nats";
import { StoreMisconfigured } from "../errors.ts";
import type { StreamPlace } from "./layout.ts";

export interface StreamWish {
  readonly place: StreamPlace;
  /** Messages kept of each actor; -1 for all. */
  readonly maxPerActor: number;
  readonly replicas: number;
}

const streamNotFound = 10059;
const nameInUse = 10058;

/** @returns how many replicas it has. @throws StoreMisconfigured (`PERSISTENCE_STORE_MISCONFIGURED`) naming the option. */
export async function ensureStream(link: Link, wish: StreamWish): Promise<number> {
  const manager = await jetstreamManager(link.connection);
  const wanted = configOf(wish);
  const actual = (await find(manager, wish.place.stream)) ?? (await create(manager, wanted));
  for (const [option, value] of Object.entries(wanted)) {
    const found = actual[option as keyof StreamConfig];
    if (option === "num_replicas" || JSON.stringify(found) === JSON.stringify(value)) continue;
    throw new StoreMisconfigured(wanted.name, option, { found, wanted: value });
  }
  return actual.num_replicas;
}

function configOf({ place, maxPerActor, replicas }: StreamWish): Partial<StreamConfig> & { name: string } {
  return {
    name: place.stream,
    subjects: [place.subjects],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    num_replicas: replicas,
    max_msgs_per_subject: maxPerActor,
    max_age: 0,
    max_msgs: -1,
    max_bytes: -1,
    allow_direct: true,
    deny_delete: true,
    deny_purge: false, // truncation needs it, and a stream that denies it can never allow it again
  };
}

async function find(manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (codeOf(error) === streamNotFound) return undefined;
    throw error;
  }
}

/** Several nodes start at once: whoever comes second takes what the first one made. */
async function create(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<StreamConfig> {
  try {
    return (await manager.streams.add(config)).config;
  } catch (error) {
    const other = codeOf(error) === nameInUse ? await find(manager, config.name) : undefined;
    if (other === undefined) throw error;
    return other;
  }
}

function codeOf(error: unknown): number | undefined {
  return (error as { code?: number } | undefined)?.code;
}

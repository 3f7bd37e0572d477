// The streams themselves: made at first use, and compared with what is expected ever after. An old server drops options
// that it does not know without a word, so what it echoes is what counts.
import {
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  PersistMode,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { Link } from "@aether/nats";
import { StoreAccessDenied, StoreNotProvisioned } from "../access-errors.ts";
import { StoreMisconfigured } from "../errors.ts";
import { answerTimeoutMs, untilAnswered } from "./retrying.ts";

/** What a stream has to be. */
export type StreamWish = Partial<StreamConfig> & Pick<StreamConfig, "name" | "subjects" | "num_replicas">;

/** A stream as it is. */
export interface OpenStream {
  readonly stream: string;
  readonly replicas: number;
  /** The servers that hold it, by name. */
  readonly peers: readonly string[];
}

const streamNotFound = 10059;
const nameInUse = 10058;
/** "replicas > 1 not supported in non-clustered mode", "no suitable peers for placement", the latter also as 10023. */
const tooFewServers: readonly unknown[] = [10074, 10005, 10023];

/**
 * A stream that exists keeps its replicas; whether they are enough is checked with the durability.
 * @throws StoreMisconfigured (`PERSISTENCE_STORE_MISCONFIGURED`) naming the option
 * @throws StoreNotProvisioned (`PERSISTENCE_STORE_NOT_PROVISIONED`) when it is missing and may not be made
 * @throws StoreAccessDenied (`PERSISTENCE_STORE_ACCESS_DENIED`) when it may not even be looked for
 */
export async function ensureStream(link: Link, wish: StreamWish): Promise<OpenStream> {
  const { config, cluster } = await untilAnswered(async () => {
    const manager = await jetstreamManager(link.connection, { timeout: answerTimeoutMs, checkAPI: false });
    return (await find(manager, wish.name)) ?? create(manager, wish);
  });
  for (const [option, value] of Object.entries(wish)) {
    const found = config[option as keyof StreamConfig];
    if (option === "num_replicas" || JSON.stringify(found) === JSON.stringify(value)) continue;
    throw new StoreMisconfigured(wish.name, option, { found, wanted: value });
  }
  // It would acknowledge before the message is in the file: not even a kill of the server alone would be survived.
  if (config.persist_mode === PersistMode.Async) {
    throw new StoreMisconfigured(wish.name, "persist_mode", { found: "async", wanted: "default" });
  }
  const peers = [cluster?.leader, ...(cluster?.replicas ?? []).map(({ name }) => name)];
  const own = link.connection.info?.server_name;
  const named = peers.filter((name) => name !== undefined && name !== "") as string[];
  return {
    stream: wish.name,
    replicas: config.num_replicas,
    peers: named.length > 0 ? named : [own ?? "of unknown name"],
  };
}

/** @param kept messages kept of each actor; -1 for all */
export function logStream(stream: string, subjects: readonly string[], kept: number, replicas: number): StreamWish {
  return {
    name: stream,
    subjects: [...subjects],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    num_replicas: replicas,
    max_msgs_per_subject: kept,
    max_age: 0,
    max_msgs: -1,
    max_bytes: -1,
    max_msg_size: -1,
    allow_direct: true,
    deny_delete: true,
    deny_purge: false, // truncation needs it, and a stream that denies it can never allow it again
  };
}

/** As the key-value tools make it, so that they can read it; keys may have a time to live. */
export function bucketStream(stream: string, bucket: string, replicas: number): StreamWish {
  return {
    name: stream,
    subjects: [`$KV.${bucket}.>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    max_age: 0,
    allow_rollup_hdrs: true,
    allow_msg_ttl: true,
    allow_direct: true,
    deny_delete: true,
  };
}

async function find(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (codeOf(error) === streamNotFound) return undefined;
    throw isDenied(error) ? new StoreAccessDenied(`look at the stream ${name}`, error) : error;
  }
}

/** Several nodes start at once: whoever comes second takes what the first one made. */
async function create(manager: JetStreamManager, wish: StreamWish): Promise<StreamInfo> {
  try {
    return await manager.streams.add(wish);
  } catch (error) {
    if (isDenied(error)) throw new StoreNotProvisioned([wish.name]);
    const code = codeOf(error);
    if (wish.num_replicas > 1 && tooFewServers.includes(code)) {
      const found = (error as Error).message;
      const fix = `Run ${wish.num_replicas} nats-servers with JetStream as one cluster, or say \`replicas: 1\` on purpose.`;
      throw new StoreMisconfigured(wish.name, "num_replicas", { found, wanted: wish.num_replicas, fix });
    }
    const other = code === nameInUse ? await find(manager, wish.name) : undefined;
    if (other === undefined) throw error;
    return other;
  }
}

/** Whether the server does not let this user do that: the client wraps what it says. */
export function isDenied(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === "PermissionViolationError") return true;
  }
  return false;
}

function codeOf(error: unknown): number | undefined {
  return (error as { code?: number } | undefined)?.code;
}

// Makes all that a system needs in JetStream, before its first node starts. Invariant: run again it changes nothing, and
// says what is there; what is there and does not fit is an error, never overwritten.
import { connectLink, type LinkOptions } from "@aether/nats";
import { ensureBucket, type OpenStream, provisionStores } from "@aether/persistence/jetstream";
import { namesOf } from "../nats/names.ts";

export interface ProvisionOptions extends Pick<LinkOptions, "servers" | "connection"> {
  /** The name of the system, as in `createSystem({ name })`. */
  readonly system: string;
  /** As in `cluster({ namespace })`. @default none */
  readonly namespace?: string;
  /** Of every stream: 3 or 5 on a NATS cluster, 1 on one server. @default 3 */
  readonly replicas?: number;
  /** Over how many streams events are spread: 1, 2, 4, … 64. @default 1 */
  readonly eventStreams?: number;
  /** As in `jetStream({ snapshotsKept })`. @default 2 */
  readonly snapshotsKept?: number;
}

/**
 * Makes what is missing, and resolves with all streams as they are.
 * @throws StoreNotProvisioned (`PERSISTENCE_STORE_NOT_PROVISIONED`) when this user may not make them
 * @throws StoreMisconfigured (`PERSISTENCE_STORE_MISCONFIGURED`) when something there is set up otherwise; LinkError
 */
export async function provision(options: ProvisionOptions): Promise<readonly OpenStream[]> {
  const { servers, connection, system, namespace, replicas = 3, eventStreams = 1, snapshotsKept = 2 } = options;
  const { bucket: memberBucket } = namesOf(system, namespace);
  const name = `aether provisioner of ${system}`;
  await using link = await connectLink({ servers, name, ...(connection === undefined ? {} : { connection }) });
  const wanted = { systemName: system, namespace, replicas, eventStreams, snapshotsKept };
  const { bucket, events, snapshots } = await provisionStores(link, wanted);
  return [bucket, ...events, snapshots, await ensureBucket(link, memberBucket, replicas)];
}

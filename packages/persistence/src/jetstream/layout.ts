// Where things are in JetStream: few streams, never one per actor; one subject per actor. The logical partition stands in
// the subject from the first day, so that partitions can be spread over more streams without renaming anything.
import { decodeId, encodeId } from "@aether/actor";
import type { ActorKey } from "../contracts/event-store.ts";
import { fnvOffset, fnvStep } from "../fnv.ts";

export const partitions = 64;

export interface StreamPlace {
  /** Of events: the one stream of a store that does not spread them. Several are `<stream>_0`, `<stream>_1`, … */
  readonly stream: string;
  /** Of all actors. */
  readonly subjects: string;
  /** Of all actors of a partition. */
  subjectsOf(partition: number): string;
  subjectOf(actor: ActorKey, partition?: number): string;
  actorOf(subject: string): ActorKey;
}

/** @param kind `ev` for events, `sn` for snapshots */
export function placeOf(systemName: string, kind: "ev" | "sn"): StreamPlace {
  const name = encodeId(systemName);
  const prefix = `aether.${name}.${kind}`;
  return {
    stream: `AETHER_${name}_${kind}`,
    subjects: `${prefix}.*.*.*`,
    subjectsOf: (partition) => `${prefix}.${partition}.*.*`,
    subjectOf: (actor, partition = partitionOf(actor)) => `${prefix}.${partition}.${actor.type}.${encodeId(actor.id)}`,
    actorOf(subject): ActorKey {
      const [type, id] = subject.split(".").slice(-2) as [string, string];
      return { type, id: decodeId(id) };
    },
  };
}

/** FNV-1a over type and id. Part of the stored layout: it may never change. */
export function partitionOf({ type, id }: ActorKey): number {
  let hash = fnvOffset;
  for (const byte of Buffer.from(`${type}/${id}`)) hash = fnvStep(hash, byte);
  return (hash >>> 0) % partitions;
}

/** The key-value bucket in which the nodes of a system agree on its layout. The cluster's bucket is another one. */
export function bucketOf(systemName: string): { readonly bucket: string; readonly stream: string } {
  const bucket = `aether-store_${encodeId(systemName)}`;
  return { bucket, stream: `KV_${bucket}` };
}

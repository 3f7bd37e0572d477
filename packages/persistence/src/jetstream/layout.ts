// Where things are in JetStream: few streams, never one per actor; one subject per actor. The logical partition stands in
// the subject from the first day, so that partitions can be spread over more streams without renaming anything. No two
// pairs of namespace and system share a name: system names may hold "_", but begin with a letter; namespaces hold none.
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
  /** Of all actors of a type. */
  subjectsOfType(type: string): string;
  subjectOf(actor: ActorKey, partition?: number): string;
  actorOf(subject: string): ActorKey;
}

const namespacePattern = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

/**
 * Separates systems that share a NATS account: none, or a letter and up to 31 letters, digits and "-".
 * @throws TypeError naming the option
 */
export function checkNamespace(owner: string, namespace: unknown): asserts namespace is string | undefined {
  if (namespace === undefined || (typeof namespace === "string" && namespacePattern.test(namespace))) return;
  throw new TypeError(
    `${owner}: namespace is ${JSON.stringify(namespace)}; use a letter, then up to 31 letters, digits or "-".`,
  );
}

/** What all subjects of a system begin with, before the next dot: `aether.<system>`, or `aether-<namespace>.<system>`. */
export function subjectPrefixOf(systemName: string, namespace?: string): string {
  return `${namespace === undefined ? "aether" : `aether-${namespace}`}.${encodeId(systemName)}`;
}

/** @param kind `ev` for events, `sn` for snapshots */
export function placeOf(systemName: string, kind: "ev" | "sn", namespace?: string): StreamPlace {
  const prefix = `${subjectPrefixOf(systemName, namespace)}.${kind}`;
  return {
    stream: `${namespace === undefined ? "AETHER" : `AETHER-${namespace}`}_${encodeId(systemName)}_${kind}`,
    subjects: `${prefix}.*.*.*`,
    subjectsOf: (partition) => `${prefix}.${partition}.*.*`,
    subjectsOfType: (type) => `${prefix}.*.${type}.*`,
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
export function bucketOf(systemName: string, namespace?: string): { readonly bucket: string; readonly stream: string } {
  const kind = namespace === undefined ? "aether-store" : `aether-store-${namespace}`;
  const bucket = `${kind}_${encodeId(systemName)}`;
  return { bucket, stream: `KV_${bucket}` };
}

// Where things are in JetStream: few streams, never one per actor; one subject per actor. The logical partition stands in
// the subject from the first day, so that partitions can be spread over more streams without renaming anything.
import { decodeId, encodeId } from "@aether/actor";
import type { ActorKey } from "../contracts/event-store.ts";

export const partitions = 64;

export interface StreamPlace {
  readonly stream: string;
  /** Of all actors. */
  readonly subjects: string;
  subjectOf(actor: ActorKey): string;
  actorOf(subject: string): ActorKey;
}

/** @param kind `ev` for events, `sn` for snapshots */
export function placeOf(systemName: string, kind: "ev" | "sn"): StreamPlace {
  const name = encodeId(systemName);
  return {
    stream: `AETHER_${name}_${kind}`,
    subjects: `aether.${name}.${kind}.*.*.*`,
    subjectOf: (actor) => `aether.${name}.${kind}.${partitionOf(actor)}.${actor.type}.${encodeId(actor.id)}`,
    actorOf(subject): ActorKey {
      const [type, id] = subject.split(".").slice(-2) as [string, string];
      return { type, id: decodeId(id) };
    },
  };
}

/** FNV-1a over type and id (Fowler, Noll and Vo). Part of the stored layout: it may never change. */
export function partitionOf({ type, id }: ActorKey): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${type}/${id}`)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % partitions;
}

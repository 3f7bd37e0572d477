// All that a system has on NATS, by name. Invariant: the names come from the code that uses them, so that a permission and
// a use cannot drift apart.
import { bucketOf, eventStreamsOf, placeOf } from "@aether/persistence/jetstream";
import { recordSubjectOf } from "../nats/event-bus-records.ts";
import { type ClusterNames, namesOf } from "../nats/names.ts";
import type { SettledRole } from "./role.ts";

export interface Resources {
  readonly names: ClusterNames;
  /** Streams of events. */
  readonly events: readonly string[];
  readonly snapshots: string;
  /** The stream below the bucket of the members. */
  readonly members: string;
  /** The stream below the bucket in which the layout of the events stands, and its subjects. */
  readonly layout: { readonly stream: string; readonly subjects: string };
  /** Where durable subscriptions keep how far they are. */
  readonly busRecords: string;
  /** Where events and snapshots are appended. */
  readonly eventSubjects: string;
  readonly snapshotSubjects: string;
}

export function resourcesOf({ system, namespace, eventStreams }: SettledRole): Resources {
  const names = namesOf(system, namespace);
  const [events, snapshots] = [placeOf(system, "ev", namespace), placeOf(system, "sn", namespace)];
  const layout = bucketOf(system, namespace);
  return {
    names,
    events: eventStreamsOf(events.stream, eventStreams),
    snapshots: snapshots.stream,
    members: names.bucketStream,
    layout: { stream: layout.stream, subjects: `$KV.${layout.bucket}.*` },
    busRecords: recordSubjectOf(layout.bucket, "*"),
    eventSubjects: events.subjects,
    snapshotSubjects: snapshots.subjects,
  };
}

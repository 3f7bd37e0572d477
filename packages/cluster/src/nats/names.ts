// What a cluster is called on NATS: its bucket and its subjects, by system and namespace. Whoever grants permissions or
// listens along takes the names from here. The streams of its events and snapshots are `placeOf` of the JetStream store.
import { encodeId } from "@aether/actor";
import { subjectPrefixOf } from "@aether/persistence/jetstream";
import type { NodeAddress } from "../contracts/node.ts";

export interface ClusterNames {
  /** Before the first dot of what follows: `aether.<system>`, or `aether-<namespace>.<system>`. */
  readonly prefix: string;
  /** The key-value bucket of the members, and the stream below it. */
  readonly bucket: string;
  readonly bucketStream: string;
  /** Of one member in that stream. */
  entryOf(node: string): string;
  /** Where all nodes send and hear their heartbeats. */
  readonly beat: string;
  /** Where one start of a node hears what is for it. */
  nodeSubjectOf(node: NodeAddress): string;
  /** All of those. */
  readonly nodeSubjects: string;
}

export function namesOf(systemName: string, namespace?: string): ClusterNames {
  const prefix = subjectPrefixOf(systemName, namespace);
  const bucket = `${namespace === undefined ? "aether" : `aether-nodes-${namespace}`}_${encodeId(systemName)}`;
  return {
    prefix,
    bucket,
    bucketStream: `KV_${bucket}`,
    entryOf: (node) => `$KV.${bucket}.${node}`,
    beat: `${prefix}.beat`,
    nodeSubjectOf: ({ node, epoch }) => `${prefix}.node.${node}.${epoch}`,
    nodeSubjects: `${prefix}.node.*.*`,
  };
}

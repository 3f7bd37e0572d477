// Who can work together. Each node says in the table which system it belongs to and which versions of the frames it
// understands; one that cannot work with a node that is present does not join.
import type { NodeId, NodeRecord } from "./contracts/node.ts";
import { ProtocolMismatch, SystemMismatch } from "./errors.ts";
import { protocol } from "./frame-format.ts";
import type { ClusterView } from "./view.ts";

/**
 * What this version of the package understands, oldest and newest. A release with a new version of the frames understands
 * the one before it as well, and sends that until all nodes that are present know the new one.
 */
export const protocols: readonly [oldest: number, newest: number] = [protocol, protocol];

export interface Joiner {
  readonly node: NodeId;
  readonly system?: string;
}

/**
 * @param before only those with an older epoch count: of two that join at once the later one gives way
 * @throws ProtocolMismatch (`CLUSTER_PROTOCOL_MISMATCH`), SystemMismatch (`CLUSTER_SYSTEM_MISMATCH`)
 */
export function checkCompatible(joiner: Joiner, view: ClusterView, before: number = Infinity): void {
  for (const known of view.nodes.values()) {
    if (known.node === joiner.node || known.epoch >= before || !view.isPresent(known)) continue;
    if (known.system !== undefined && joiner.system !== undefined && known.system !== joiner.system) {
      throw new SystemMismatch(joiner.node, joiner.system, known.node, known.system);
    }
    if (!isServed(known)) throw new ProtocolMismatch(joiner.node, protocols, known.node, rangeOf(known));
  }
}

function isServed(record: NodeRecord): boolean {
  const [oldest, newest] = rangeOf(record);
  return Math.max(oldest, protocols[0]) <= Math.min(newest, protocols[1]);
}

function rangeOf({ protocols: range = [1, 1] }: NodeRecord): readonly [number, number] {
  return range;
}

// What one node knows of the cluster at one revision of the table. Immutable: a change makes a new view.
import type { NodeAddress, NodeId, NodeRecord, NodeState } from "./contracts/node.ts";
import type { TableEntry } from "./contracts/member-table.ts";
import { epochOf } from "./epoch.ts";

export interface KnownNode extends NodeRecord {
  /** The revision of its entry, for compare-and-set. */
  readonly revision: number;
}

export class ClusterView {
  static readonly empty: ClusterView = new ClusterView(0, new Map());
  readonly revision: number;
  readonly nodes: ReadonlyMap<NodeId, KnownNode>;
  readonly #candidates = new Map<string, readonly NodeRecord[]>();

  constructor(revision: number, nodes: ReadonlyMap<NodeId, KnownNode>) {
    this.revision = revision;
    this.nodes = nodes;
  }

  /** The view after this change. What is older than the view changes nothing. */
  with(change: TableEntry): ClusterView {
    return this.withAll([change]);
  }

  /** The view after these changes, in order of their revisions. */
  withAll(changes: readonly TableEntry[]): ClusterView {
    let newest = this.revision;
    let nodes: Map<NodeId, KnownNode> | undefined;
    for (const change of changes) {
      const { record, revision } = change;
      if (revision <= newest) continue;
      newest = revision;
      nodes ??= new Map(this.nodes);
      nodes.set(record.node, { ...record, epoch: epochOf(change), revision });
    }
    return nodes === undefined ? this : new ClusterView(newest, nodes);
  }

  /** Nodes that may own actors of a type, in order of their ids. */
  candidatesFor(type: string): readonly NodeRecord[] {
    const found = this.#candidates.get(type);
    if (found !== undefined) return found;
    const candidates = [...this.nodes.values()]
      .filter((node) => node.state === "up" && node.weight > 0 && node.types.includes(type))
      .toSorted((a, b) => (a.node < b.node ? -1 : 1));
    this.#candidates.set(type, candidates);
    return candidates;
  }

  /** The state of one start of a node; a later start says nothing about how the earlier one ended. */
  stateOf({ node, epoch }: NodeAddress): NodeState | "replaced" | undefined {
    const known = this.nodes.get(node);
    if (known === undefined) return undefined;
    if (known.epoch === epoch) return known.state;
    return known.epoch > epoch ? "replaced" : undefined;
  }

  /** This start of the node was there, and will not be again. */
  isOver(address: NodeAddress): boolean {
    return this.stateOf(address) !== undefined && !this.isPresent(address);
  }

  isPresent(address: NodeAddress): boolean {
    const state = this.stateOf(address);
    return state === "up" || state === "draining";
  }
}

// The plugin: makes this system one node among others. It provides the kernel's way out (routing), its permit (the
// lease), and to persistence the identity of this writer.
import {
  outbound,
  outputPermit,
  type Plugin,
  type PluginFactory,
  type PluginHost,
  type Port,
  port,
} from "@aether/actor";
import { writers } from "@aether/persistence";
import type { ClusterBackend } from "./contracts/backend.ts";
import type { NodeId } from "./contracts/node.ts";
import type { Placement } from "./contracts/ownership.ts";
import { ClusterNode } from "./cluster-node.ts";
import { nats, type NatsOptions } from "./nats/index.ts";
import { isNodeId } from "./node-id.ts";
import { ownership } from "./ports.ts";
import type { KnownNode } from "./view.ts";
import { rendezvous } from "./placement.ts";

export interface ClusterOptions extends NatsOptions {
  /** Another engine than NATS, such as `memoryCluster()`. Give this or `servers`. */
  readonly backend?: ClusterBackend;
  /** This node's name, the same at every start: letters, digits, `_` and `-`. @default one per start */
  readonly node?: NodeId;
  /** This node's share of the actors, relative to the others'. @default 1 */
  readonly weight?: number;
  /** How long a silent node keeps its actors, in milliseconds, at least 500. The same on all nodes. @default 5,000 */
  readonly leaseMs?: number;
  /** @default a fifth of the lease */
  readonly heartbeatMs?: number;
  /** Where actors live. The same on all nodes. @default rendezvous hashing */
  readonly placement?: Placement;
}

/** `system.use(cluster)`. */
export interface ClusterApi {
  readonly node: NodeId;
  readonly epoch: number;
  /** The nodes as this one knows them now. */
  nodes(): readonly KnownNode[];
  /** The revision of that knowledge. */
  readonly revision: number;
  /** Whether this node may speak now. */
  readonly hasLease: boolean;
  /** Messages of this node's callers that were sent again: their first receiver was not the owner, or is gone. */
  readonly resent: number;
}

const api: Port<ClusterApi> = port<ClusterApi>("cluster");

/**
 * Joins a cluster. Brings JetStream persistence along unless `persistence()` is listed.
 * @throws TypeError or RangeError for a wrong option
 */
export const cluster: ((options: ClusterOptions) => Plugin<ClusterApi>) & PluginFactory<ClusterApi> = Object.assign(
  (options: ClusterOptions) => new ClusterPlugin(options),
  { api },
);

class ClusterPlugin implements Plugin<ClusterApi> {
  readonly name = "cluster";
  readonly includes: readonly Plugin[];
  readonly #options: ClusterOptions;
  readonly #backend: ClusterBackend;
  readonly #leaseMs: number;
  #node: ClusterNode | undefined;

  constructor(options: ClusterOptions) {
    checkOptions(options);
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? 5_000;
    this.#backend = options.backend ?? nats(options);
    this.includes = this.#backend.includes;
  }

  async install(host: PluginHost): Promise<ClusterApi> {
    const { weight = 1, placement = rendezvous } = this.#options;
    const nodeId = this.#options.node ?? `node-${host.session}`;
    const problem = (error: unknown): void => host.events.publish({ type: "cluster-problem", node: nodeId, error });
    const { scheduler, systemName } = host;
    const opened = await this.#backend.open({
      systemName,
      node: nodeId,
      problem,
      later: (task) => scheduler.microtask(task),
      after: (delayMs, task) => void scheduler.after(delayMs, task),
    });
    const node = new ClusterNode(host, opened, {
      self: { node: nodeId, weight, types: host.hostedTypes },
      leaseMs: this.#leaseMs,
      heartbeatMs: this.#options.heartbeatMs ?? this.#leaseMs / 5,
      placement,
      problem,
    });
    this.#node = node;
    host.provide(outbound, node.routing);
    host.provide(outputPermit, node.lease);
    host.provide(writers, node.writers);
    host.provide(ownership, node.routing);
    const offered = describe(node);
    host.provide(api, offered);
    return offered;
  }

  async start(): Promise<void> {
    await this.#node?.start();
  }

  async drain(): Promise<void> {
    await this.#node?.drain();
  }

  async close(): Promise<void> {
    await this.#node?.close();
  }
}

function describe({ membership, lease, routing }: ClusterNode): ClusterApi {
  return {
    get node() {
      return membership.address.node;
    },
    get epoch() {
      return membership.address.epoch;
    },
    get revision() {
      return membership.view.revision;
    },
    get hasLease() {
      return lease.granted();
    },
    get resent() {
      return routing.resent;
    },
    nodes: () => [...membership.view.nodes.values()],
  };
}

const optionNames: readonly string[] = [
  "backend",
  "node",
  "weight",
  "leaseMs",
  "heartbeatMs",
  "placement",
  "servers",
  "replicas",
  "connection",
] satisfies (keyof ClusterOptions)[];

function checkOptions(options: ClusterOptions): void {
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`cluster: unknown option "${unknown}"; there are ${optionNames.join(", ")}.`);
  }
  const { backend, servers, node, weight, leaseMs, heartbeatMs } = options;
  if ((backend === undefined) === (servers === undefined)) throw new TypeError("cluster: give `servers` or `backend`.");
  if (node !== undefined && !isNodeId(node)) {
    throw new TypeError(`cluster: node is ${JSON.stringify(node)}; use 1 to 64 letters, digits, "_" or "-".`);
  }
  if (weight !== undefined && !(weight >= 0 && weight <= 1_000)) {
    throw new RangeError(`cluster: weight is ${weight}; use 0 to 1,000.`);
  }
  if (leaseMs !== undefined && !(leaseMs >= 500 && leaseMs <= 600_000)) {
    throw new RangeError(`cluster: leaseMs is ${leaseMs}; use 500 to 600,000.`);
  }
  if (heartbeatMs !== undefined && !(heartbeatMs >= 50 && heartbeatMs <= (leaseMs ?? 5_000) / 2)) {
    throw new RangeError(`cluster: heartbeatMs is ${heartbeatMs}; use 50 to half of the lease.`);
  }
}

// The plugin: makes this system one node among others. It provides the kernel's way out (routing), its permit (the
// lease), and to persistence the identity of this writer.
import {
  ActorAddress,
  type ActorClass,
  type ActorId,
  describeClass,
  outbound,
  outputPermit,
  type Plugin,
  type PluginFactory,
  type PluginHost,
  type Port,
  port,
  shown,
} from "@aether/actor";
import { writers } from "@aether/persistence";
import { checkNamespace } from "@aether/persistence/jetstream";
import type { ClusterBackend } from "./contracts/backend.ts";
import type { EventBus } from "./contracts/event-bus.ts";
import type { NodeId } from "./contracts/node.ts";
import type { Placement } from "./contracts/ownership.ts";
import { ClusterNode } from "./cluster-node.ts";
import type { ClusterDescription, DeadLetterLook, DeadLetterReport, LookOptions } from "./describing.ts";
import { nats, type NatsOptions } from "./nats/index.ts";
import { isNodeId } from "./node-id.ts";
import type { OverlapFigures } from "./overlaps.ts";
import { ownership } from "./ports.ts";
import type { KnownNode } from "./view.ts";
import { rendezvous } from "./placement.ts";

export interface ClusterOptions extends NatsOptions {
  /** Another engine than NATS, such as `memoryCluster()`. Give this or `servers`. */
  readonly backend?: ClusterBackend;
  /** Separates systems of one name that share a NATS account: a letter, then letters, digits or "-". @default none */
  readonly namespace?: string;
  /** This node's name, the same at every start: letters, digits, `_` and `-`. @default one per start */
  readonly node?: NodeId;
  /** This node's share of the actors, relative to the others'. @default 1 */
  readonly weight?: number;
  /** How long a silent node keeps its actors, in milliseconds, at least 500. The same on all nodes. @default 5,000 */
  readonly leaseMs?: number;
  /** @default a fifth of the lease */
  readonly heartbeatMs?: number;
  /**
   * In how many steps a node that joins others takes its share of their actors, 1 to 100. @default 4, all of them at once
   * where nobody else hosts its types
   */
  readonly joinSteps?: number;
  /** From one step to the next, in milliseconds, 10 to 60,000. @default 500 */
  readonly joinStepMs?: number;
  /** Actors of which one each runs somewhere, without a message. List them on all nodes that host their types. @default none */
  readonly singletons?: readonly Singleton[];
  /** Where actors live. The same on all nodes. @default rendezvous hashing */
  readonly placement?: Placement;
}

/** An actor of which exactly one runs somewhere. */
export interface Singleton {
  readonly actor: ActorClass;
  readonly id: ActorId;
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
  /** Actors of this node that may have been active on another one at the same time; see the event `activations-overlapped`. */
  readonly overlaps: OverlapFigures;
  /** What is stored anywhere in the system, told to whoever subscribes: `subscribeToEventStored`. */
  readonly eventBus: EventBus;
  /** The node that owns the actor by this node's view; `undefined` when no node that is up hosts its type. */
  ownerOf(actor: ActorAddress | { readonly address: ActorAddress }): NodeId | undefined;
  /** The nodes, with what each says of itself now. Looks at every actor in memory: for people and tools, not for each request. */
  describe(options?: LookOptions): Promise<ClusterDescription>;
  /** Dead letters of all nodes, summed up; the letters themselves stay where they are. */
  deadLetters(options?: DeadLetterLook): Promise<DeadLetterReport>;
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
    this.#backend = options.backend ?? nats(options, options.namespace);
    this.includes = this.#backend.includes;
  }

  async install(host: PluginHost): Promise<ClusterApi> {
    const { weight = 1, placement = rendezvous } = this.#options;
    const nodeId = this.#options.node ?? `node-${host.session}`;
    const problem = (error: unknown): void => host.events.publish({ type: "cluster-problem", node: nodeId, error });
    const { scheduler, systemName } = host;
    const opened = await this.#backend.open({
      systemName,
      namespace: this.#options.namespace,
      node: nodeId,
      problem,
      later: (task) => scheduler.microtask(task),
      after: (delayMs, task) => void scheduler.after(delayMs, task),
    });
    const node = new ClusterNode(host, opened, {
      self: { node: nodeId, weight, types: host.hostedTypes, system: systemName },
      leaseMs: this.#leaseMs,
      heartbeatMs: this.#options.heartbeatMs ?? this.#leaseMs / 5,
      placement,
      joinSteps: this.#options.joinSteps ?? 4,
      joinStepMs: this.#options.joinStepMs ?? 500,
      singletons: (this.#options.singletons ?? []).map(addressOf),
      problem,
    });
    this.#node = node;
    host.provide(outbound, node.routing);
    host.provide(outputPermit, node.lease);
    host.provide(writers, node.writers);
    host.provide(ownership, node.routing);
    const offered = describe(node, opened.eventBus);
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

function describe(
  { membership, lease, routing, services, overlaps }: ClusterNode,
  eventBus: EventBus | undefined,
): ClusterApi {
  return {
    get eventBus() {
      if (eventBus !== undefined) return eventBus;
      throw new TypeError("cluster: this backend has no event bus; see memoryEventBus() of @aether/cluster/memory.");
    },
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
    get overlaps() {
      return overlaps.figures;
    },
    nodes: () => [...membership.view.nodes.values()],
    ownerOf: (actor) => routing.ownerOf(actor.address),
    describe: (options) => services.describing.describe(options),
    deadLetters: (options) => services.describing.deadLetters(options),
  };
}

const optionNames: readonly string[] = [
  "backend",
  "namespace",
  "node",
  "weight",
  "leaseMs",
  "heartbeatMs",
  "joinSteps",
  "joinStepMs",
  "placement",
  "singletons",
  "servers",
  "replicas",
  "connection",
  "durability",
  "monitoringUrl",
  "trustServer",
] satisfies (keyof ClusterOptions)[];

function checkOptions(options: ClusterOptions): void {
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`cluster: unknown option "${unknown}"; there are ${optionNames.join(", ")}.`);
  }
  checkSingletons(options.singletons);
  checkNamespace("cluster", options.namespace);
  const { backend, servers, node, weight, leaseMs, heartbeatMs } = options;
  if ((backend === undefined) === (servers === undefined)) throw new TypeError("cluster: give `servers` or `backend`.");
  if (node !== undefined && !isNodeId(node)) {
    throw new TypeError(`cluster: node is ${JSON.stringify(node)}; use 1 to 64 letters, digits, "_" or "-".`);
  }
  if (weight !== undefined && !isFrom(0, weight, 1_000)) {
    throw new RangeError(`cluster: weight is ${shown(weight)}; use 0 to 1,000.`);
  }
  if (leaseMs !== undefined && !isFrom(500, leaseMs, 600_000)) {
    throw new RangeError(`cluster: leaseMs is ${shown(leaseMs)}; use 500 to 600,000.`);
  }
  if (heartbeatMs !== undefined && !isFrom(50, heartbeatMs, (leaseMs ?? 5_000) / 2)) {
    throw new RangeError(`cluster: heartbeatMs is ${shown(heartbeatMs)}; use 50 to half of the lease.`);
  }
  checkSteps(options);
}

/** A string of digits compares like a number, and adds up like a string. */
function isFrom(min: number, value: unknown, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}

function addressOf({ actor, id }: Singleton): ActorAddress {
  return new ActorAddress(describeClass(actor).type, id);
}

/** @throws TypeError, InvalidActorId (`ACTOR_INVALID_ID`) */
function checkSingletons(singletons: ClusterOptions["singletons"] = []): void {
  if (!Array.isArray(singletons)) throw new TypeError("cluster: singletons is a list of `{ actor: Class, id }`.");
  const names = singletons.map((one: Singleton) => addressOf(one).toString());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new TypeError(`cluster: the singleton ${twice} is listed twice.`);
}

function checkSteps({ joinSteps = 1, joinStepMs = 10 }: ClusterOptions): void {
  if (!(Number.isInteger(joinSteps) && isFrom(1, joinSteps, 100))) {
    throw new RangeError(`cluster: joinSteps is ${shown(joinSteps)}; use 1 to 100.`);
  }
  if (!isFrom(10, joinStepMs, 60_000)) {
    throw new RangeError(`cluster: joinStepMs is ${shown(joinStepMs)}; use 10 to 60,000.`);
  }
}

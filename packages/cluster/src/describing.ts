// The cluster as a whole, for people and tools: what the view says of each node, and what each node says of itself when it
// is asked. Nothing is broadcast; a node that does not answer in time is named.
import type { ActorType, DeadLetter, PluginHost } from "@aether/actor";
import type { NodeId } from "./contracts/node.ts";
import type { Lease } from "./lease.ts";
import type { Membership } from "./membership.ts";
import type { NodeRequests } from "./node-requests.ts";
import type { KnownNode } from "./view.ts";

/** What a node says of itself. */
export interface NodeFigures {
  /** Of its own view. */
  readonly revision: number;
  readonly hasLease: boolean;
  /** Actors in memory, by type. */
  readonly actors: Readonly<Record<ActorType, number>>;
  /** Messages that wait in their mailboxes. */
  readonly messages: number;
  /** Asks of its callers that other nodes have not answered yet. */
  readonly asks: number;
  /** Actors of other nodes that its actors watch, and its own that other nodes watch. */
  readonly watching: number;
  readonly watched: number;
  /** Dead letters that it keeps, and all since it began. */
  readonly deadLetters: { readonly size: number; readonly total: number };
  /** Addresses of the singletons that run there. */
  readonly singletons: readonly string[];
}

/** What the parts of the cluster itself know. */
export type OwnFigures = Pick<NodeFigures, "asks" | "watching" | "watched" | "singletons">;

export interface NodeDescription extends KnownNode {
  /** Absent for a node that has left or was removed, and for one that is unreachable. */
  readonly figures: NodeFigures | undefined;
}

export interface ClusterDescription {
  /** Of the view that names the nodes: that of the node that was asked. */
  readonly revision: number;
  readonly nodes: readonly NodeDescription[];
  /** Nodes that should be there and did not answer in time. */
  readonly unreachable: readonly NodeId[];
}

/** One dead letter, as its node sums it up; the letter itself stays there. */
export interface DeadLetterSummary {
  readonly node: NodeId;
  /** Its number among those of its node. */
  readonly n: number;
  readonly address: string;
  readonly command: string;
  readonly reason: string;
  /** Milliseconds since the epoch, by that node's clock. */
  readonly time: number;
}

export interface DeadLetterReport {
  /** The newest of each node, in order of time. */
  readonly letters: readonly DeadLetterSummary[];
  readonly unreachable: readonly NodeId[];
}

export interface LookOptions {
  /** How long nodes may take for their answers, in milliseconds. @default 2,000 */
  readonly withinMs?: number;
}

export interface DeadLetterLook extends LookOptions {
  /** The newest of each node, 1,000 at most. @default 100 */
  readonly max?: number;
}

export interface DescribingParts {
  readonly host: PluginHost;
  readonly membership: Membership;
  readonly lease: Lease;
  readonly requests: NodeRequests;
  readonly figures: () => OwnFigures;
}

const defaultWithinMs = 2_000;
const maxLetters = 1_000;
const maxTextLength = 300;

export class Describing {
  readonly #parts: DescribingParts;

  constructor(parts: DescribingParts) {
    this.#parts = parts;
    parts.requests.on("figures", () => this.#figures());
    parts.requests.on("dead-letters", ([max]) => this.#letters(max));
  }

  async describe({ withinMs = defaultWithinMs }: LookOptions = {}): Promise<ClusterDescription> {
    const { revision, nodes } = this.#parts.membership.view;
    const { answers, unreachable } = await this.#askAll<NodeFigures>("figures", [], withinMs);
    const described = [...nodes.values()].map((node) => ({ ...node, figures: answers.get(node.node) }));
    return { revision, nodes: described, unreachable };
  }

  async deadLetters({ withinMs = defaultWithinMs, max = 100 }: DeadLetterLook = {}): Promise<DeadLetterReport> {
    const { answers, unreachable } = await this.#askAll<DeadLetterSummary[]>("dead-letters", [max], withinMs);
    const letters = [...answers.values()].flat().toSorted((a, b) => a.time - b.time);
    return { letters, unreachable };
  }

  /** All at once, so that the slowest says how long it takes. */
  async #askAll<T>(name: string, args: readonly unknown[], withinMs: number): Promise<Answers<T>> {
    const { membership, requests } = this.#parts;
    const { view } = membership;
    const present = [...view.nodes.values()].filter((node) => view.isPresent(node)).map(({ node }) => node);
    const answers = new Map<NodeId, T>();
    const ask = async (node: NodeId): Promise<void> => {
      answers.set(node, (await requests.ask(node, name, args, withinMs)) as T);
    };
    await Promise.allSettled(present.map(ask));
    return { answers, unreachable: present.filter((node) => !answers.has(node)) };
  }

  #figures(): NodeFigures {
    const { host, membership, lease, figures } = this.#parts;
    const { size, total } = host.deadLetters;
    return {
      revision: membership.view.revision,
      hasLease: lease.granted(),
      actors: host.local.counts(),
      messages: host.local.waiting(),
      deadLetters: { size, total },
      ...figures(),
    };
  }

  #letters(max: unknown): DeadLetterSummary[] {
    const count = Math.min(Math.max(1, Math.floor(Number(max)) || 1), maxLetters);
    const { node } = this.#parts.membership.address;
    return this.#parts.host.deadLetters
      .list()
      .slice(-count)
      .map((letter) => summaryOf(node, letter));
  }
}

interface Answers<T> {
  readonly answers: ReadonlyMap<NodeId, T>;
  readonly unreachable: readonly NodeId[];
}

function summaryOf(node: NodeId, { n, address, command, reason, time }: DeadLetter): DeadLetterSummary {
  return {
    node,
    n,
    address,
    command: command.slice(0, maxTextLength),
    reason: reason.slice(0, maxTextLength),
    time,
  };
}

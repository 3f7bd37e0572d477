// Actors of this node that other nodes watch: one registration per actor and watching node, and the news of its end, told
// until it is heard. A node that is gone leaves none behind.
import { ActorAddress, type LocalActors, type TerminationReason } from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import type { Ownership } from "./contracts/ownership.ts";
import type { Membership } from "./membership.ts";
import type { NodeRequests } from "./node-requests.ts";
import type { ClusterView } from "./view.ts";

/** What a registration comes to. `elsewhere`: this node does not own the actor, or does not know the watcher yet. */
export type WatchAnswer = "watching" | "not-active" | "elsewhere" | "full";

export interface WatchedHereParts {
  readonly local: LocalActors;
  readonly membership: Membership;
  readonly ownership: Ownership;
  readonly requests: NodeRequests;
}

interface Registration {
  /** The watching node's number for it: news of an older one mean nothing to it. */
  n: number;
  readonly end: () => void;
}

interface WatchingNode {
  readonly address: NodeAddress;
  readonly watched: Map<string, Registration>;
}

/** Actors that one other node may watch here. */
export const maxWatchedPerNode = 65_536;

export class WatchedHere {
  readonly #parts: WatchedHereParts;
  readonly #nodes = new Map<string, WatchingNode>();

  constructor(parts: WatchedHereParts) {
    this.#parts = parts;
    parts.requests.on("watch", ([node, epoch, n, type, id]) =>
      this.#watch({ node, epoch } as NodeAddress, n as number, new ActorAddress(String(type), id as string)),
    );
    parts.requests.on("unwatch", ([node, epoch, n, type, id]) =>
      this.#unwatch({ node, epoch } as NodeAddress, n as number, new ActorAddress(String(type), id as string)),
    );
  }

  /** Registrations of all other nodes. */
  get size(): number {
    return [...this.#nodes.values()].reduce((sum, { watched }) => sum + watched.size, 0);
  }

  follow(view: ClusterView): void {
    for (const [key, { address, watched }] of this.#nodes) {
      if (view.isPresent(address)) continue;
      this.#nodes.delete(key);
      for (const { end } of watched.values()) end();
    }
  }

  #watch(by: NodeAddress, n: number, actor: ActorAddress): WatchAnswer {
    const { local, membership, ownership } = this.#parts;
    if (!ownership.isOwn(actor) || !membership.view.isPresent(by)) return "elsewhere";
    const watching = this.#nodeOf(by);
    const key = actor.toString();
    const known = watching.watched.get(key);
    if (known !== undefined) {
      known.n = n;
      return "watching";
    }
    if (watching.watched.size >= maxWatchedPerNode) return "full";
    let isActive = true;
    const end = local.watch(actor, (why) => {
      const registered = watching.watched.get(key);
      if (registered === undefined) isActive = false;
      else this.#tell(watching, key, registered.n, why);
    });
    if (!isActive) return "not-active";
    watching.watched.set(key, { n, end });
    return "watching";
  }

  #unwatch(by: NodeAddress, n: number, actor: ActorAddress): void {
    const watched = this.#nodes.get(keyOf(by))?.watched;
    const key = actor.toString();
    const registered = watched?.get(key);
    if (registered === undefined || registered.n !== n) return;
    watched?.delete(key);
    registered.end();
  }

  #tell({ address, watched }: WatchingNode, key: string, n: number, why: TerminationReason): void {
    const { requests, membership } = this.#parts;
    watched.delete(key);
    const { node, epoch } = membership.address;
    void requests.insist(address, "terminated", [node, epoch, n, key, why]);
  }

  #nodeOf(address: NodeAddress): WatchingNode {
    const key = keyOf(address);
    const found = this.#nodes.get(key) ?? { address, watched: new Map<string, Registration>() };
    this.#nodes.set(key, found);
    return found;
  }
}

function keyOf({ node, epoch }: NodeAddress): string {
  return `${epoch} ${node}`;
}

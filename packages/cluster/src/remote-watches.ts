// Actors of other nodes that actors of this one watch. Each is registered once, with its owner, until the owner has said
// so; what the owner then tells, or the end of its node, ends all watches of that actor. Invariant: each watch is told once.
import type { ActorAddress, LocalActors, Scheduler, TerminationReason } from "@aether/actor";
import type { NodeAddress } from "./contracts/node.ts";
import type { Ownership } from "./contracts/ownership.ts";
import type { Membership } from "./membership.ts";
import type { NodeRequests } from "./node-requests.ts";
import type { ClusterView } from "./view.ts";
import type { WatchAnswer } from "./watched-here.ts";

export interface RemoteWatchesParts {
  readonly local: LocalActors;
  readonly membership: Membership;
  readonly ownership: Ownership;
  readonly requests: NodeRequests;
  readonly scheduler: Scheduler;
  readonly problem: (error: unknown) => void;
}

type Notify = (why: TerminationReason) => void;

interface RemoteWatch {
  readonly n: number;
  readonly key: string;
  readonly address: ActorAddress;
  readonly notifies: Set<Notify>;
  /** Where it is registered, or is about to be. */
  at: NodeAddress | undefined;
  isRegistered: boolean;
  /** Set when this node has become the owner meanwhile. */
  endHere: (() => void) | undefined;
}

const againMs = 50;
const fullMs = 1_000;
const askWithinMs = 2_000;
const reasons: readonly string[] = ["stopped", "passivated", "failed", "lost"] satisfies TerminationReason[];

export class RemoteWatches {
  readonly #parts: RemoteWatchesParts;
  readonly #watches = new Map<string, RemoteWatch>();
  #lastN = 0;
  #isClosed = false;

  constructor(parts: RemoteWatchesParts) {
    this.#parts = parts;
    parts.requests.on("terminated", ([node, epoch, n, key, why]) =>
      this.#terminated({ node, epoch } as NodeAddress, this.#find(key as string, n as number), String(why)),
    );
  }

  /** Actors of other nodes that are watched here. */
  get size(): number {
    return this.#watches.size;
  }

  /** As `Outbound.watch`. */
  watch(address: ActorAddress, notify: Notify): () => void {
    const { local, ownership } = this.#parts;
    if (ownership.isOwn(address)) return local.watch(address, notify);
    const key = address.toString();
    const watch = this.#watches.get(key) ?? this.#begin(key, address);
    watch.notifies.add(notify);
    return () => {
      if (watch.notifies.delete(notify) && watch.notifies.size === 0) this.#end(watch);
    };
  }

  /** Whoever was watched at a node that is over is gone with it. */
  follow(view: ClusterView): void {
    for (const watch of this.#watches.values()) {
      const { at, isRegistered } = watch;
      if (!isRegistered || at === undefined || view.isPresent(at)) continue;
      this.#tell(watch, view.stateOf(at) === "left" ? "passivated" : "node-gone");
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#watches.clear();
  }

  #begin(key: string, address: ActorAddress): RemoteWatch {
    const n = ++this.#lastN;
    const watch: RemoteWatch = {
      n,
      key,
      address,
      notifies: new Set(),
      at: undefined,
      isRegistered: false,
      endHere: undefined,
    };
    this.#watches.set(key, watch);
    void this.#register(watch);
    return watch;
  }

  /** Asks the owner of the moment until one has taken it, or knows that there is nothing to watch. */
  async #register(watch: RemoteWatch): Promise<void> {
    await Promise.resolve(); // who watches has its way to end it in hand before it is told
    while (this.#isOn(watch)) {
      const waitMs = await this.#tryToRegister(watch);
      if (waitMs === undefined) return;
      await new Promise<void>((resolve) => void this.#parts.scheduler.after(waitMs, resolve));
    }
  }

  /** @returns when to try again; `undefined` when it is settled */
  async #tryToRegister(watch: RemoteWatch): Promise<number | undefined> {
    const { local, membership, ownership, problem } = this.#parts;
    const owner = membership.view.nodes.get(ownership.ownerOf(watch.address) ?? "");
    if (owner === undefined) return membership.hasPlace ? this.#tell(watch, "not-active") : againMs;
    if (owner.node === membership.address.node) {
      if (!ownership.isOwn(watch.address)) return againMs;
      watch.endHere = local.watch(watch.address, (why) => this.#tell(watch, why));
      return undefined;
    }
    watch.at = { node: owner.node, epoch: owner.epoch };
    const answer = await this.#ask(watch, watch.at);
    if (!this.#isOn(watch)) return answer === "watching" ? this.#unregister(watch, watch.at) : undefined;
    if (answer === "not-active") return this.#tell(watch, "not-active");
    if (answer === "full") problem(new Error(`Node "${owner.node}" takes no more watches of this node for now.`));
    if (answer !== "watching") return answer === "full" ? fullMs : againMs;
    watch.isRegistered = true;
    this.follow(membership.view); // that node may be over by now
    return undefined;
  }

  async #ask(watch: RemoteWatch, at: NodeAddress): Promise<WatchAnswer | undefined> {
    try {
      return (await this.#parts.requests.ask(at.node, "watch", this.#argsOf(watch), askWithinMs)) as WatchAnswer;
    } catch {
      return undefined; // perhaps it was registered: once more does no harm
    }
  }

  #terminated(from: NodeAddress, watch: RemoteWatch | undefined, why: string): void {
    const at = watch?.at;
    if (watch === undefined || at?.node !== from.node || at.epoch !== from.epoch) return;
    this.#tell(watch, reasons.includes(why) ? (why as TerminationReason) : "lost");
  }

  #tell(watch: RemoteWatch, why: TerminationReason): undefined {
    if (!this.#isOn(watch)) return;
    this.#watches.delete(watch.key);
    for (const notify of watch.notifies) notify(why);
    watch.notifies.clear();
  }

  /** Nobody watches it any more. */
  #end(watch: RemoteWatch): void {
    if (!this.#isOn(watch)) return;
    this.#watches.delete(watch.key);
    watch.endHere?.();
    if (watch.isRegistered && watch.at !== undefined) this.#unregister(watch, watch.at);
  }

  #unregister(watch: RemoteWatch, at: NodeAddress): undefined {
    void this.#parts.requests.insist(at, "unwatch", this.#argsOf(watch));
  }

  #argsOf({ n, address }: RemoteWatch): readonly unknown[] {
    const { node, epoch } = this.#parts.membership.address;
    return [node, epoch, n, address.type, address.id];
  }

  #find(key: string, n: number): RemoteWatch | undefined {
    const found = this.#watches.get(key);
    return found?.n === n ? found : undefined;
  }

  #isOn(watch: RemoteWatch): boolean {
    return !this.#isClosed && this.#watches.get(watch.key) === watch;
  }
}

// "Exactly one of these runs somewhere": at every revision the node that owns a singleton brings it into memory by itself,
// once no other node has it any more, and brings it back whenever it ends. A move in order never has two of them at once.
import { ActorAddress, type Envelope, type LocalActors, type PluginHost, Undelivered } from "@aether/actor";
import type { Lease } from "./lease.ts";
import type { Membership } from "./membership.ts";
import type { NodeRequests } from "./node-requests.ts";
import type { Routing } from "./routing.ts";

export interface SingletonsParts {
  readonly host: PluginHost;
  readonly local: LocalActors;
  readonly membership: Membership;
  readonly lease: Pick<Lease, "granted">;
  readonly routing: () => Routing;
  readonly requests: NodeRequests;
}

interface Singleton {
  readonly address: ActorAddress;
  /** `taking`: owned here, and whoever had it before is asked whether it is gone. */
  state: "elsewhere" | "taking" | "here" | "pausing";
  /** Counts the takings, so that one that is over goes on no more. */
  term: number;
  /** What came for it while it was taken over. */
  held: Envelope[];
  failures: number;
  since: number;
}

/** A node that still has it lets it end its turn; one that does not answer is removed by then. */
const handoverWithinMs = 15_000;
/** Messages that wait for one that is being taken over; past it they go back, to be sent again. */
const maxHeld = 10_000;
const firstPauseMs = 100;
const maxPauseMs = 30_000;
/** One that ran this long begins anew with its pauses. */
const steadyMs = 10_000;

export class Singletons {
  readonly #parts: SingletonsParts;
  readonly #all: readonly Singleton[];
  /** Until the whole system runs nothing is begun, and what comes for one is kept; from when it stops, nothing any more. */
  #phase: "before" | "on" | "over" = "before";

  constructor(parts: SingletonsParts, addresses: readonly ActorAddress[]) {
    this.#parts = parts;
    this.#all = addresses.map((address) => ({ address, state: "elsewhere", term: 0, held: [], failures: 0, since: 0 }));
    parts.requests.on("gone", ([type, id]) => this.#gone(new ActorAddress(String(type), id as string)));
  }

  begin(): void {
    this.#phase = "on";
    this.viewChanged();
  }

  end(): void {
    this.#phase = "over";
    this.viewChanged();
  }

  viewChanged(): void {
    if (this.#phase === "before") return;
    for (const one of this.#all) {
      if (!this.#isMine(one)) this.#leave(one);
      else if (one.state === "elsewhere" && this.#parts.lease.granted()) void this.#take(one);
    }
  }

  /** To be called about once per heartbeat: without a lease another node may be about to begin what runs here. */
  look(): void {
    if (this.#parts.lease.granted()) return this.viewChanged();
    const isHere = (address: ActorAddress): boolean =>
      this.#all.some((one) => one.state === "here" && isSame(one.address, address));
    this.#parts.local.abandon(isHere);
  }

  /** Keeps what comes for one that is being taken over. @returns false for all others */
  hold(envelope: Envelope): boolean {
    const one = this.#all.find(({ address }) => isSame(address, envelope.to));
    if (one === undefined || (one.state !== "taking" && this.#phase !== "before")) return false;
    if (one.held.length < maxHeld) one.held.push(envelope);
    else this.#return(envelope);
    return true;
  }

  /** Singletons that run here. */
  here(): string[] {
    return this.#all.filter(({ state }) => state === "here").map(({ address }) => address.toString());
  }

  async #take(one: Singleton): Promise<void> {
    const { membership, requests } = this.#parts;
    const { type, id } = one.address;
    one.state = "taking";
    const term = ++one.term;
    const self = membership.address.node;
    const others = [...membership.view.nodes.values()].filter(
      (other) => other.node !== self && other.types.includes(type) && membership.view.isPresent(other),
    );
    const asked = others.map(({ node }) => requests.ask(node, "gone", [type, id], handoverWithinMs));
    await Promise.allSettled(asked); // who does not answer is removed, and fenced
    if (one.state !== "taking" || one.term !== term) return;
    if (this.#parts.lease.granted()) this.#start(one);
    else this.#leave(one);
  }

  #start(one: Singleton): void {
    const { host, local } = this.#parts;
    one.state = "here";
    one.since = host.clock.now();
    local.activate(one.address);
    local.watch(one.address, (why) => this.#ended(one, why));
    for (const envelope of one.held.splice(0)) local.deliver(envelope);
  }

  /** It may have left because it lives elsewhere now; else it comes back. */
  #ended(one: Singleton, reason: string): void {
    const { host, lease } = this.#parts;
    if (one.state !== "here") return;
    if (!this.#isMine(one)) return this.#leave(one);
    one.failures = host.clock.now() - one.since >= steadyMs ? 1 : one.failures + 1;
    const pauseMs = Math.min(firstPauseMs * 2 ** (one.failures - 1), maxPauseMs);
    host.events.publish({ type: "singleton-ended", level: "warn", address: one.address.toString(), reason, pauseMs });
    if (!lease.granted()) return this.#leave(one); // for whoever has one first
    one.state = "pausing";
    host.scheduler.after(pauseMs, () => {
      if (one.state !== "pausing") return;
      one.state = "elsewhere";
      this.viewChanged();
    });
  }

  #leave(one: Singleton): void {
    one.state = "elsewhere";
    one.failures = 0;
    for (const envelope of one.held.splice(0)) this.#return(envelope);
  }

  #return(envelope: Envelope): void {
    const why = new Undelivered(envelope.to.toString(), "leaving");
    if (envelope.reply === undefined) this.#parts.routing().resend(envelope, why);
    else envelope.reply.undelivered(envelope, why);
  }

  /** Settles when the actor is not in this node's memory. It is sent away before, as the view of who asks is known here. */
  #gone(address: ActorAddress): Promise<void> {
    return new Promise((resolve) => void this.#parts.local.watch(address, () => resolve()));
  }

  #isMine({ address }: Singleton): boolean {
    return this.#phase === "on" && this.#parts.routing().isOwn(address);
  }
}

function isSame(a: ActorAddress, b: ActorAddress): boolean {
  return a.type === b.type && a.id === b.id;
}

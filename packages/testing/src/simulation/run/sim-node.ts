// One node of the simulated cluster, over all its starts.
import { type ActorSystem, createSystem, host, type SystemEvent } from "@aether/actor";
import { cluster, type ClusterOptions } from "@aether/cluster";
import { placeOf } from "@aether/persistence/jetstream";
import { Machine } from "../world/machine.ts";
import { Account, LaterAccount } from "./account.ts";
import { describe, type SimWorld } from "./sim-world.ts";

export const leaseMs = 1_000;
export const systemName = "bank";
/** What was read may be used so much later. */
const answerMs = 2_000;

/** What a node of the earlier release says of those of the later one. */
const newerSnapshot = "its schema 2 is newer than this code's 1";

/** What all nodes are started with, until somebody changes it. */
export interface Deployment {
  durability: "strict" | "dev";
}

export interface NodeParts {
  readonly world: SimWorld;
  readonly id: string;
  readonly hosts: boolean;
  readonly replicas: number;
  /** How long an actor may be idle before it is passivated. */
  readonly idleMs: number;
  readonly deployment: Deployment;
  /** Hears of each start, in its name. */
  readonly onUp: (node: SimNode, system: ActorSystem) => void;
}

/** Who read an actor's history, and up to where. */
export interface RecoveredActor extends LostActor {
  readonly version: number;
  /** When it had begun, at the latest. */
  readonly beganAt: number;
}

/** Who gave an actor up, and when. */
export interface LostActor {
  readonly actor: string;
  readonly node: string;
  readonly at: number;
}

export class SimNode {
  readonly id: string;
  machine: Machine | undefined;
  system: ActorSystem | undefined;
  /** What the system says happened, that is told in the story or is no good sign. */
  readonly complaints: string[] = [];
  /** Actors that it gave up since it believed that another writer had committed. */
  readonly conflicts: LostActor[] = [];
  /** Actors that it has read from the store. */
  readonly recovered: RecoveredActor[] = [];
  isDraining = false;
  /** Of the code that it is started with, from then on. */
  release: 1 | 2 = 1;
  #running: 1 | 2 = 1;
  readonly #parts: NodeParts;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.id = parts.id;
  }

  /** Runs, and has joined. */
  get isUp(): boolean {
    return this.system !== undefined && this.machine?.isKilled === false && !this.isDraining;
  }

  get isRunning(): boolean {
    return this.machine?.isKilled === false;
  }

  start(): void {
    const { world, id } = this.#parts;
    const machine = new Machine(id, world.timeline, world.random);
    this.machine = machine;
    this.system = undefined;
    this.isDraining = false;
    this.#running = this.release;
    world.trace.tell(id, this.release === 1 ? "starts" : "starts as the later release");
    machine.at(0, () => void this.#run(machine));
  }

  /** Gone from one moment to the next. `silent`: with its machine, so that no server notices. */
  kill(how: "cut" | "silent"): void {
    const { world, id } = this.#parts;
    if (this.machine === undefined || this.machine.isKilled) return;
    world.trace.tell(id, how === "cut" ? "is killed" : "loses its machine");
    this.machine.kill();
    world.network.cut(this.machine, how);
    this.system = undefined;
  }

  /** Leaves in order. */
  drain(): void {
    const { machine, system } = this;
    if (machine === undefined || system === undefined || this.isDraining) return;
    this.isDraining = true;
    this.#parts.world.trace.tell(this.id, "is told to stop");
    machine.at(0, () => void this.#stop(machine, system));
  }

  async #run(machine: Machine): Promise<void> {
    const { world, id, hosts, idleMs, onUp } = this.#parts;
    const { trace } = world;
    try {
      const system = await createSystem({
        name: systemName,
        actors: hosts ? [host(this.release === 1 ? Account : LaterAccount, { idleMs })] : [],
        plugins: [cluster(this.#options())],
        askTimeoutMs: 2_500,
        log: false,
      });
      system.events.subscribe((event) => this.#onEvent(event));
      if (machine !== this.machine || machine.isKilled) return;
      this.system = system;
      trace.tell(id, "is up");
      onUp(this, system);
    } catch (error) {
      // As whoever supervises a process would have it.
      trace.tell(id, `did not start: ${describe(error)}`);
      if (machine !== this.machine || machine.isKilled) return;
      this.kill("cut");
      world.timeline.after(this.#isTooMuch(error) ? 50 : 500, () => {
        if (this.machine === machine) this.start();
      });
    }
  }

  #options(): ClusterOptions {
    const { world, id, replicas, deployment } = this.#parts;
    const { urls, monitoringUrls } = world.network;
    const { durability } = deployment;
    const proof = durability === "strict" ? { monitoringUrl: monitoringUrls } : {};
    return { servers: urls, node: id, leaseMs, replicas, durability, ...proof };
  }

  /** The servers do not keep what was wanted of them. Whoever runs the nodes takes less, and knows it. */
  #isTooMuch(error: unknown): boolean {
    const { data } = (error as { readonly cause?: { readonly data?: { readonly option?: unknown } } }).cause ?? {};
    if (data?.option !== "sync_interval") return false;
    this.#parts.deployment.durability = "dev";
    return true;
  }

  async #stop(machine: Machine, system: ActorSystem): Promise<void> {
    const { trace } = this.#parts.world;
    try {
      await system.stop();
      trace.tell(this.id, "has stopped");
    } catch (error) {
      trace.tell(this.id, `stopped with ${describe(error)}`);
    }
    if (!machine.isKilled) this.kill("cut");
  }

  #onEvent(event: SystemEvent): void {
    const { trace } = this.#parts.world;
    switch (event.type) {
      case "node-joined":
        return trace.tell(this.id, `joined as epoch ${event.epoch}`);
      case "node-removed":
        return trace.tell(this.id, `says ${event.node}/${event.epoch} is gone: ${event.reason}`);
      case "node-lost-place":
        return trace.tell(this.id, "finds itself removed");
      case "incarnation-lost":
        this.#lost(event.address, event.reason);
        return trace.tell(this.id, `${event.address} is lost: ${event.reason}`);
      case "append-unknown":
        return trace.tell(this.id, `${event.address} does not know about its append (try ${event.attempt})`);
      case "actor-recovered":
        this.#recovered(event.address, event.version, event.tookMs);
        return trace.tell(this.id, `${event.address} is back at version ${event.version}`);
      case "snapshot-unusable":
        if (this.#running === 1 && event.reason === newerSnapshot)
          return trace.tell(this.id, `${event.address} passes over a snapshot of the later release`);
        if (this.#showsThePast(event.reason)) return trace.tell(this.id, `${event.address} recovers from old news`);
        return this.#complain(event);
      case "recovery-failed":
      case "activation-failed":
        if (this.#isForgotten(event)) return undefined;
        return this.#complain(event);
      case "hook-failed":
        return this.#complain(event);
      default:
        return undefined;
    }
  }

  /**
   * A leader that was replaced without knowing it shows an older end of a history than the snapshots of it have; so does a
   * store that has lost what it had not flushed.
   */
  #showsThePast(reason: string): boolean {
    const { lost } = this.#parts.world;
    const isOld = this.#mayHearOldNews;
    const isLost = lost.size > 0 && reason.endsWith("its commits were lost");
    return isLost || ((isOld || lost.size > 0) && reason.includes("ahead of the history's head"));
  }

  get #mayHearOldNews(): boolean {
    const { timeline, model } = this.#parts.world;
    return [...model.streams.values()].some(({ pastUntil }) => timeline.now < pastUntil + answerMs);
  }

  /** Of some accounts nothing but snapshots is left: those are deleted, as the error says. Not where that is old news. */
  #isForgotten({ address, error }: { readonly address: string; readonly error: unknown }): boolean {
    const { world } = this.#parts;
    const { code } = error as { readonly code?: unknown };
    if (code !== "PERSISTENCE_HISTORY_LOST") return false;
    if (world.lost.size === 0) return this.#mayHearOldNews;
    world.trace.tell(this.id, `${address} has lost its history; its snapshots are deleted`);
    const place = placeOf(systemName, "sn");
    const filter = place.subjectOf({ type: "account", id: actorOf(address) });
    world.model.streams.get(place.stream)?.log.purge({ filter });
    return true;
  }

  #lost(address: string, reason: string): void {
    if (reason !== "another writer has committed") return;
    const actor = actorOf(address);
    this.conflicts.push({ actor, node: this.id, at: this.#parts.world.timeline.now });
  }

  #recovered(address: string, version: number, tookMs: number): void {
    const actor = actorOf(address);
    const at = this.#parts.world.timeline.now;
    // Its clock may be slower than that of the world.
    const beganAt = at - tookMs * 1.01 - 1;
    this.recovered.push({ actor, node: this.id, at, version, beganAt });
  }

  #complain(
    event: SystemEvent & { readonly error?: unknown; readonly reason?: unknown; readonly address?: string },
  ): void {
    const what = `${event.type} ${event.address ?? ""}: ${event.error === undefined ? String(event.reason) : describe(event.error)}`;
    this.complaints.push(what);
    this.#parts.world.trace.tell(this.id, what);
  }
}

function actorOf(address: string): string {
  return address.slice(address.indexOf("/") + 1);
}

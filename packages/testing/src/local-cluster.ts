// A cluster in one process: real nodes on virtual time, over the memory backend and one store in memory. Nodes share nothing
// but bytes, and can be killed, cut off and started again.
import {
  type Actor,
  ActorAddress,
  type ActorClass,
  type ActorRef,
  type ActorSystem,
  createSystem,
  type Hosting,
} from "@aether/actor";
import { createSeededRandom, createVirtualTime, type VirtualTime } from "@aether/actor/testing";
import { cluster, type ClusterBackend, ownership } from "@aether/cluster";
import { type MemoryCluster, memoryCluster } from "@aether/cluster/memory";
import { persistence, type StoreBackend } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { CrashPlan } from "./crash-plan.ts";
import { BadScenario } from "./errors.ts";
import { mortalBackend } from "./mortal-store.ts";
import { inTime } from "./waiting.ts";

export interface LocalClusterOptions {
  /** How many, or their names. @default 3 */
  readonly nodes?: number | readonly string[];
  /** What each node hosts, as for `createSystem`. */
  readonly actors: readonly (ActorClass | Hosting)[];
  /** @default 1,000 ms of virtual time */
  readonly leaseMs?: number;
  /** Of all chance in it. @default 1 */
  readonly seed?: number;
}

/** @throws BadScenario (`TESTING_BAD_SCENARIO`), and what `createSystem` throws */
export async function localCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { nodes = 3 } = options;
  const names = typeof nodes === "number" ? Array.from({ length: nodes }, (_, i) => `node-${i + 1}`) : nodes;
  if (names.length === 0) throw new BadScenario("localCluster: nodes is empty; use at least 1.");
  const made = new LocalCluster(options);
  for (const name of names) await made.start(name);
  return made;
}

interface RunningNode {
  readonly system: ActorSystem;
  readonly plan: CrashPlan;
  /** Where it is in the network: another place for each start, so that a killed one never speaks again. */
  readonly place: string;
}

export class LocalCluster implements AsyncDisposable {
  readonly time: VirtualTime = createVirtualTime();
  readonly #options: LocalClusterOptions;
  readonly #network: MemoryCluster = memoryCluster();
  readonly #store: StoreBackend = memory();
  readonly #nodes = new Map<string, RunningNode>();
  #seed: number;

  /** Use `localCluster`. */
  constructor(options: LocalClusterOptions) {
    this.#options = options;
    this.#seed = options.seed ?? 1;
  }

  /** Names of the nodes that run. */
  get nodes(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /** Starts a node, also one that was killed or stopped. */
  async start(name: string): Promise<ActorSystem> {
    if (this.#nodes.has(name)) throw new BadScenario(`localCluster: "${name}" runs already.`);
    const { actors, leaseMs = 1_000 } = this.#options;
    const plan = new CrashPlan();
    const place = `${name}, start ${this.#seed}`;
    const starting = createSystem({
      name: "local",
      actors,
      plugins: [
        persistence({ store: mortalBackend(this.#store, plan) }),
        cluster({ backend: this.#at(place), node: name, leaseMs }),
      ],
      log: false,
      clock: this.time.clock,
      scheduler: this.time.scheduler,
      random: createSeededRandom(this.#seed++),
    });
    const system = await this.within(starting);
    this.#nodes.set(name, { system, plan, place });
    return system;
  }

  system(name: string = this.nodes[0] ?? ""): ActorSystem {
    return this.#of(name).system;
  }

  /** A ref for somebody at a node. @param from @default the first one */
  ref<A extends Actor>(actorClass: ActorClass<A>, id: string, from?: string): ActorRef<A> {
    return this.system(from).ref(actorClass, id);
  }

  /** The node that owns the actor, by the view of the first one. */
  ownerOf(actorClass: ActorClass, id: string): string | undefined {
    return this.system().use({ api: ownership }).ownerOf(new ActorAddress(actorClass.type, id));
  }

  /** Moves time on until the promise has settled. */
  within<T>(promise: Promise<T>): Promise<T> {
    return inTime(this.time, promise);
  }

  /** The process is gone from one moment to the next: nothing that it had not said is heard, nothing more is stored. */
  kill(name: string): void {
    const { plan, system, place } = this.#of(name);
    plan.die("by kill");
    this.#network.cut(place);
    this.#nodes.delete(name);
    void system.stop();
  }

  /** Ends a node in order: drained, and left. */
  async stop(name: string): Promise<void> {
    const { system } = this.#of(name);
    this.#nodes.delete(name);
    await this.within(system.stop());
  }

  /** Cuts a node off from the others and from the table; it runs on, and may use the store. */
  cut(name: string): void {
    this.#network.cut(this.#of(name).place);
  }

  heal(name: string): void {
    this.#network.heal(this.#of(name).place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.nodes) this.heal(name);
    for (const name of this.nodes) await this.stop(name);
  }

  #at(place: string): ClusterBackend {
    return { ...this.#network, open: (scope) => this.#network.open({ ...scope, node: place }) };
  }

  #of(name: string): RunningNode {
    const node = this.#nodes.get(name);
    if (node !== undefined) return node;
    throw new BadScenario(`localCluster: no node "${name}" runs; there are ${this.nodes.join(", ") || "none"}.`);
  }
}

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
import { cluster, type ClusterBackend, type EventBus, ownership } from "@aether/cluster";
import { type MemoryCluster, memoryCluster } from "@aether/cluster/memory";
import { type Codec, persistence, type StoreBackend } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { CrashPlan } from "./crash-plan.ts";
import { BadScenario } from "./errors.ts";
import { type FaultPlan, faultPlan, type Faults } from "./fault-plan.ts";
import type { FaultRule } from "./fault-rule.ts";
import { mortalBus } from "./mortal-bus.ts";
import { mortalBackend } from "./mortal-store.ts";
import { hostingsOf, type StandIn } from "./stand-in.ts";
import { inTime } from "./waiting.ts";

export interface LocalClusterOptions {
  /** How many, or their names. @default 3 */
  readonly nodes?: number | readonly string[];
  /** What each node hosts, as for `createSystem`; stubs and probes as well. */
  readonly actors: readonly (ActorClass | Hosting | StandIn)[];
  /** What goes wrong in its stores, its network and its event bus. `faults.begin` adds more. @default nothing */
  readonly faults?: readonly FaultRule[];
  /** As for `persistence`: how events and snapshots become bytes. @default JSON */
  readonly codec?: Codec | readonly Codec[];
  /** @default 1,000 ms of virtual time */
  readonly leaseMs?: number;
  /** Of all chance in it. @default 1 */
  readonly seed?: number;
}

const optionNames: readonly string[] = [
  "nodes",
  "actors",
  "faults",
  "codec",
  "leaseMs",
  "seed",
] satisfies (keyof LocalClusterOptions)[];

/** @throws BadScenario (`TESTING_BAD_SCENARIO`), and what `createSystem` throws */
export async function localCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown !== undefined) {
    throw new BadScenario(`localCluster: there is no "${unknown}"; there are ${optionNames.join(", ")}.`);
  }
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
  readonly #plan: FaultPlan;
  readonly #network: MemoryCluster;
  readonly #hosted: (ActorClass | Hosting)[];
  readonly #store: StoreBackend = memory();
  readonly #nodes = new Map<string, RunningNode>();
  #seed: number;

  /** Use `localCluster`. */
  constructor(options: LocalClusterOptions) {
    const { actors, faults = [], seed = 1 } = options;
    const { clock, scheduler } = this.time;
    this.#options = options;
    this.#seed = seed;
    this.#plan = faultPlan(faults);
    this.#hosted = hostingsOf(actors, scheduler);
    const nameOf = (place: string): string => place.split(",", 1)[0] ?? place;
    const wayTo: NonNullable<Parameters<typeof memoryCluster>[0]>["wayTo"] = (log, place) =>
      this.#plan.eventLog(log, { node: nameOf(place), scheduler });
    this.#network = memoryCluster({ clock, scheduler, random: createSeededRandom(seed), wayTo });
  }

  /** What goes wrong, and what did. */
  get faults(): Faults {
    return this.#plan;
  }

  /** Names of the nodes that run. */
  get nodes(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /** Starts a node, also one that was killed or stopped. */
  async start(name: string): Promise<ActorSystem> {
    if (this.#nodes.has(name)) throw new BadScenario(`localCluster: "${name}" runs already.`);
    const { leaseMs = 1_000, codec } = this.#options;
    const plan = new CrashPlan();
    const place = `${name}, start ${this.#seed}`;
    const starting = createSystem({
      name: "local",
      actors: this.#hosted,
      plugins: [
        persistence({ store: this.#storeOf(name, plan), ...(codec && { codec }) }),
        cluster({ backend: this.#at({ place, name, plan }), node: name, leaseMs, joinSteps: 1 }),
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

  /** What is stored anywhere, told to whoever subscribes. @param at @default the first node */
  eventBus(at?: string): EventBus {
    return this.system(at).use(cluster).eventBus;
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

  #at({
    place,
    name,
    plan,
  }: {
    readonly place: string;
    readonly name: string;
    readonly plan: CrashPlan;
  }): ClusterBackend {
    return {
      ...this.#network,
      open: async (scope) => {
        const { eventBus, transport, ...rest } = await this.#network.open({ ...scope, node: place });
        const at = { node: name, scheduler: this.time.scheduler };
        const bus = eventBus && mortalBus(this.#plan.eventBus(eventBus, at), plan);
        return { ...rest, transport: this.#plan.transport(transport, at), ...(bus && { eventBus: bus }) };
      },
    };
  }

  /** Of one start of a node. What it stored is told, whether it hears of that or not. */
  #storeOf(node: string, plan: CrashPlan): StoreBackend {
    const told = this.#network.store(this.#store);
    return mortalBackend(this.#plan.store(told, { node, scheduler: this.time.scheduler }), plan);
  }

  #of(name: string): RunningNode {
    const node = this.#nodes.get(name);
    if (node !== undefined) return node;
    throw new BadScenario(`localCluster: no node "${name}" runs; there are ${this.nodes.join(", ") || "none"}.`);
  }
}

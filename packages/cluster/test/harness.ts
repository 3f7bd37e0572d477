// A cluster in one process on virtual time: nodes over the memory backend, all on one store.
import {
  Actor,
  ActorAddress,
  type ActorClass,
  type ActorSystem,
  createSystem,
  Rejection,
  type SystemEvent,
} from "@aether/actor";
import { createSeededRandom, createVirtualTime, type VirtualTime } from "@aether/actor/testing";
import { cluster, type ClusterOptions, ClusterView, rendezvous } from "@aether/cluster";
import { type MemoryCluster, memoryCluster } from "@aether/cluster/memory";
import { EventSourcedActor, type Events, everyNEvents, persistence } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";

export type Counted = { type: "counted"; by: number };

/** Durable. */
export class Counter extends EventSourcedActor<Counted> {
  static type = "counter";
  static readonly events: Events<Counted> = { counted: 1 };
  static readonly snapshots = everyNEvents(20);
  state = { n: 0 };
  apply(event: Counted): void {
    this.state.n += event.by;
  }
  count(by: number): number {
    return this.persist({ type: "counted", by }).n;
  }
  read(): number {
    return this.state.n;
  }
}

/** Volatile. */
export class Echo extends Actor {
  static type = "echo";
  said: unknown[] = [];
  say(value: unknown): unknown {
    this.said.push(value);
    return value;
  }
  heard(): unknown[] {
    return this.said;
  }
  remaining(): number {
    return this.ctx.message.remainingMs;
  }
  header(name: string): string | undefined {
    return this.ctx.message.headers[name];
  }
  refuse(): never {
    throw new Rejection("no", { why: "because" });
  }
  fail(): never {
    throw new Error("a secret");
  }
  waitFor(promise: string): Promise<unknown> {
    this.said.push(promise);
    return waits.get(promise) ?? Promise.resolve();
  }
}

/** What `Echo.waitFor` waits for. */
export const waits = new Map<string, Promise<unknown>>();

export type Store = ReturnType<typeof memory>;

export interface NodeOptions extends Partial<ClusterOptions> {
  readonly actors?: readonly ActorClass[];
  readonly store?: Store;
}

export const leaseMs = 1_000;

export class TestCluster implements AsyncDisposable {
  readonly time: VirtualTime = createVirtualTime();
  readonly backend: MemoryCluster = memoryCluster();
  readonly store: Store = memory();
  readonly systems = new Map<string, ActorSystem>();
  /** What happened at each node. */
  readonly events = new Map<string, SystemEvent[]>();
  #seed = 1;

  async start(node: string, options: NodeOptions = {}): Promise<ActorSystem> {
    const { actors = [Counter, Echo], store = this.store, ...rest } = options;
    const system = await this.within(
      createSystem({
        name: "t",
        actors,
        plugins: [persistence({ store }), cluster({ backend: this.backend, node, leaseMs, joinSteps: 1, ...rest })],
        log: false,
        clock: this.time.clock,
        scheduler: this.time.scheduler,
        random: createSeededRandom(this.#seed++),
      }),
    );
    const seen: SystemEvent[] = [];
    system.events.subscribe((event) => void seen.push(event));
    this.systems.set(node, system);
    this.events.set(node, seen);
    return system;
  }

  /** Moves time on until the promise has settled. */
  async within<T>(promise: Promise<T>, ms: number = 60_000): Promise<T> {
    const seen = watch(promise);
    await this.time.settle();
    for (let passed = 0; seen.state === "waiting" && passed < ms; passed += 10) await this.time.advance(10);
    if (seen.state === "waiting") throw new Error(`nothing after ${ms} ms`);
    return promise;
  }

  happened(node: string, type: string): SystemEvent[] {
    return (this.events.get(node) ?? []).filter((event) => event.type === type);
  }

  /** The first id whose actor lives on the node, by the view of `by`. */
  idOn(node: string, by: ActorSystem, type: string = "counter"): string {
    const owners = ownersOf(by);
    for (let i = 0; i < 1_000; i++) if (owners.ownerOf(type, `${type}-${i}`) === node) return `${type}-${i}`;
    throw new Error(`nothing lives on ${node}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.systems.keys()) this.backend.heal(node);
    for (const system of this.systems.values()) await this.within(system.stop());
  }
}

/** Where actors live by a system's own view. */
export function ownersOf(system: ActorSystem): { ownerOf(type: string, id: string): string | undefined } {
  const view = viewOf(system);
  return { ownerOf: (type, id) => rendezvous(new ActorAddress(type, id), view.candidatesFor(type))?.node };
}

/** What became of a promise so far. */
export function watch(promise: Promise<unknown>): { state: string } {
  const seen = { state: "waiting" };
  promise.then(
    (value) => (seen.state = `done ${JSON.stringify(value)}`),
    (error: unknown) => (seen.state = `failed ${(error as { code?: string }).code ?? String(error)}`),
  );
  return seen;
}

/** A promise that a test opens. */
export function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

function viewOf(system: ActorSystem): ClusterView {
  return new ClusterView(
    1,
    new Map(
      system
        .use(cluster)
        .nodes()
        .map((node) => [node.node, node]),
    ),
  );
}

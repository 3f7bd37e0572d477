// One process of an explored scenario: a system on a store that outlives it.
import { type ActorClass, type ActorSystem, createSystem, type Hosting } from "@aether/actor";
import { createSeededRandom, createVirtualTime, type VirtualTime } from "@aether/actor/testing";
import {
  type Codec,
  type DomainEvent,
  type EventSourcedActor,
  persistence,
  type StoreBackend,
} from "@aether/persistence";
import type { CrashPlan } from "./crash-plan.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { hostingsOf, type StandIn } from "./stand-in.ts";
import { mortalBackend } from "./mortal-store.ts";
import { inTime } from "./waiting.ts";

export interface Target {
  readonly actorClass: ActorClass;
  readonly id: string;
}

export interface LifeParts {
  readonly actors: readonly (ActorClass | Hosting | StandIn)[];
  readonly codec: Codec | readonly Codec[] | undefined;
  /** Outlives it. */
  readonly store: StoreBackend;
  /** Of all lives of a run. */
  readonly faults: FaultPlan;
}

type Commands = Record<string, (...args: readonly unknown[]) => Promise<unknown>>;

/** Each process has a name of its own, which the ids of what its actors send begin with. */
let lives = 0;

export class Life {
  readonly plan: CrashPlan;
  readonly #system: ActorSystem;
  readonly #time: VirtualTime;
  readonly #hostings: readonly (ActorClass | Hosting)[];

  private constructor(
    plan: CrashPlan,
    running: { system: ActorSystem; time: VirtualTime },
    hostings: readonly (ActorClass | Hosting)[],
  ) {
    this.plan = plan;
    this.#system = running.system;
    this.#time = running.time;
    this.#hostings = hostings;
  }

  static async begin({ actors, codec, store, faults }: LifeParts, plan: CrashPlan): Promise<Life> {
    const time = createVirtualTime();
    const { scheduler } = time;
    const hostings = hostingsOf(actors, scheduler);
    const system = await createSystem({
      name: "explored",
      actors: hostings,
      plugins: [
        persistence({ store: mortalBackend(faults.store(store, { scheduler }), plan), ...(codec && { codec }) }),
      ],
      simulateRemote: true,
      log: false,
      clock: time.clock,
      scheduler,
      random: createSeededRandom(++lives),
    });
    return new Life(plan, { system, time }, hostings);
  }

  ask(target: Target, [command, args]: readonly [string, readonly unknown[]], commandId: string): Promise<unknown> {
    const facade = this.#system.ref(target.actorClass, target.id).with({ commandId }).ask as unknown as Commands;
    const answer = facade[command]?.(...args) ?? Promise.reject(new TypeError(`there is no command "${command}"`));
    return inTime(this.#time, Promise.race([answer, this.plan.death]));
  }

  /** From the store alone. */
  async stateOf({ actorClass, id }: Target): Promise<unknown> {
    const hosting = this.#hostings.find((one) => typeof one === "object" && one.actorClass === actorClass);
    const create = (hosting as Hosting | undefined)?.options.create as
      | (() => EventSourcedActor<DomainEvent>)
      | undefined;
    const durable = actorClass as ActorClass<EventSourcedActor<DomainEvent>>;
    const options = create === undefined ? {} : { create };
    return (await this.#system.use(persistence).history(durable, id, options).captureState()).state;
  }

  async stop(): Promise<void> {
    await inTime(this.#time, this.#system.stop());
  }
}

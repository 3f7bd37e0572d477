// The world of one test: a real system on virtual time and a store in memory. What its actors say goes through the codec, as
// between nodes; a restart makes a new system on the same store.
import {
  type Actor,
  ActorAddress,
  type ActorContext,
  type ActorRef,
  type ActorSystem,
  createSystem,
  describeClass,
} from "@aether/actor";
import { createSeededRandom, createVirtualTime, type VirtualTime } from "@aether/actor/testing";
import { type Codec, type OpenStores, persistence, type StoreBackend } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { type PastFact, storePast } from "@aether/persistence/testing";
import { type FaultPlan, faultPlan } from "./fault-plan.ts";
import type { FaultRule } from "./fault-rule.ts";
import type { Applied } from "./pure-folding.ts";
import { hostingsOf, type StandIn } from "./stand-in.ts";
import type { Subject } from "./subject.ts";
import { inTime } from "./waiting.ts";

const systemName = "test";

export interface StageParts<A extends Actor> {
  readonly subject: Subject<A>;
  readonly id: string;
  readonly others: readonly StandIn[];
  readonly faults: readonly FaultRule[];
  readonly codec: Codec | readonly Codec[] | undefined;
}

export class Stage<A extends Actor> implements AsyncDisposable {
  readonly time: VirtualTime = createVirtualTime();
  readonly #parts: StageParts<A>;
  readonly #store: StoreBackend = memory();
  readonly #ends: (() => void)[];
  readonly faults: FaultPlan;
  #system: ActorSystem | undefined;
  /** Objects of the class that this system made, of whatever id. */
  #made: A[] = [];
  /** What `lost` said of the systems before. */
  #lostBefore: readonly string[] = [];
  /** What the actor failed at by itself, in a timer or in work that it had started: no caller is told. */
  readonly unheard: string[] = [];
  /** Each start has an id of its own, which the names of its commands begin with. */
  #starts = 0;

  constructor(parts: StageParts<A>) {
    this.#parts = parts;
    this.faults = faultPlan();
    this.#ends = parts.faults.map((rule) => this.faults.begin(rule));
  }

  get ref(): ActorRef<A> {
    return this.#running.ref(this.#parts.subject.actorClass, this.#parts.id);
  }

  /** Messages to others that nobody handled, as a line each. What the actor itself failed at, its caller is told. */
  get lost(): string[] {
    const letters = this.#running.deadLetters.list().filter(({ address }) => address !== this.#address);
    const now = letters.map(({ address, command, reason }) => `"${command}" to ${address}: ${reason}`);
    return [...this.#lostBefore, ...now];
  }

  /** The object of the present incarnation, others of its class aside; `undefined` before the first. */
  get living(): A | undefined {
    return this.#made.findLast((made) => contextOf(made).address.toString() === this.#address);
  }

  /** Stores what the actor has behind it, then starts. */
  async begin(facts: readonly PastFact[]): Promise<void> {
    const { subject, id, codec } = this.#parts;
    const stores: OpenStores = await this.#store.open({ systemName, warn: () => undefined });
    await storePast(stores.events, { type: subject.actorClass.type, id }, facts, codec);
    await this.#start();
  }

  /** All nodes stop in order, and start again from what is stored. */
  async restart(): Promise<void> {
    await this.time.settle();
    this.#lostBefore = this.lost;
    await this.#stop();
    await this.#start();
  }

  /** Lets everything end that needs no time. Nothing goes wrong from then on. */
  async settle(): Promise<void> {
    await this.time.settle();
    for (const end of this.#ends) end();
  }

  /** All events of a durable actor, as the store has them and today's code reads them. */
  async stored(): Promise<Applied[]> {
    const { actorClass } = this.#parts.subject;
    const { create } = this.#parts.subject;
    const history = this.#running
      .use(persistence)
      .history(actorClass as never, this.#parts.id, { create: create as never });
    const found: Applied[] = [];
    for await (const { event, version, time } of history.events()) found.push({ event, meta: { version, time } });
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }

  get #address(): string {
    const { subject, id } = this.#parts;
    return new ActorAddress(subject.actorClass.type, id).toString();
  }

  get #running(): ActorSystem {
    return this.#system as ActorSystem;
  }

  async #start(): Promise<void> {
    const { subject, others, codec } = this.#parts;
    const { clock, scheduler } = this.time;
    const store = this.faults.store(this.#store, { scheduler });
    this.#made = [];
    this.#system = await createSystem({
      name: systemName,
      actors: [subject.hosting((made) => this.#made.push(made)), ...hostingsOf<never>(others, scheduler)],
      plugins: subject.isDurable ? [persistence({ store, ...(codec && { codec }) })] : [],
      simulateRemote: true,
      log: false,
      clock,
      scheduler,
      random: createSeededRandom(++this.#starts),
    });
    this.#listen(this.#system);
  }

  #listen({ events }: ActorSystem): void {
    const { commands } = describeClass(this.#parts.subject.actorClass);
    const note = (what: string, address: string, error: unknown): void => {
      if (address === this.#address)
        this.unheard.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    };
    events.on("actor-failed", ({ address, command, error }) => {
      if (!commands.has(command)) note(command, address, error);
    });
    events.on("work-failed", ({ address, error }) => note("what it ran", address, error));
  }

  async #stop(): Promise<void> {
    if (this.#system !== undefined) await inTime(this.time, this.#system.stop());
  }
}

function contextOf(actor: Actor): ActorContext {
  return (actor as unknown as { readonly ctx: ActorContext }).ctx;
}

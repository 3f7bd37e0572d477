// The world of one test: a real system on virtual time and a store in memory. What its actors say goes through the codec, as
// between nodes; a restart makes a new system on the same store.
import {
  type Actor,
  ActorAddress,
  type ActorContext,
  type ActorRef,
  type ActorSystem,
  createSystem,
  type DeadLetter,
  describeClass,
} from "@aether/actor";
import { createSeededRandom, createVirtualTime, type VirtualTime } from "@aether/actor/testing";
import { type Codec, type OpenStores, persistence, type StoreBackend } from "@aether/persistence";
import { memory } from "@aether/persistence/memory";
import { type Past, storePast } from "@aether/persistence/testing";
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
  /** Of the systems before. */
  #lettersBefore: readonly DeadLetter[] = [];
  readonly #failed: string[] = [];
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

  /** Messages to others that nobody handled and nobody was told of, as a line each. */
  get lost(): string[] {
    return this.#letters.filter(({ address }) => address !== this.#address).map(lineOf);
  }

  /** What the actor itself failed at, and no caller was told of: tells, timers, work that it had started. */
  get unheard(): string[] {
    const told = this.#letters.filter(({ address }) => address === this.#address);
    return [...told.map(lineOf), ...this.#failed];
  }

  get #letters(): readonly DeadLetter[] {
    const now = this.#running.deadLetters.list().filter(({ wasAsked }) => !wasAsked);
    return [...this.#lettersBefore, ...now];
  }

  /** The object of the present incarnation, others of its class aside; `undefined` before the first. */
  get living(): A | undefined {
    return this.#made.findLast((made) => contextOf(made).address.toString() === this.#address);
  }

  /** Stores what the actor has behind it, then starts. */
  async begin(past: Past): Promise<void> {
    const { subject, id, codec } = this.#parts;
    const stores: OpenStores = await this.#store.open({ systemName, warn: () => undefined });
    await storePast(stores, { type: subject.actorClass.type, id }, past, codec);
    await this.#start();
  }

  /** All nodes stop in order, and start again from what is stored. */
  async restart(): Promise<void> {
    await this.time.settle();
    this.#lettersBefore = this.#letters;
    await this.#stop();
    await this.#start();
  }

  /** Lets everything end that needs no time. Nothing goes wrong from then on. */
  async settle(): Promise<void> {
    await this.time.settle();
    for (const end of this.#ends) end();
  }

  /** The events of a durable actor, as the store has them and today's code reads them. @param from the first version */
  async stored(from: number): Promise<Applied[]> {
    const { actorClass } = this.#parts.subject;
    const { create } = this.#parts.subject;
    const history = this.#running
      .use(persistence)
      .history(actorClass as never, this.#parts.id, { create: create as never });
    const found: Applied[] = [];
    for await (const { event, version, time } of history.events({ from }))
      found.push({ event, meta: { version, time } });
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
        this.#failed.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
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

function lineOf({ address, command, reason }: DeadLetter): string {
  return `the tell "${command}" to ${address}: ${reason}`;
}

function contextOf(actor: Actor): ActorContext {
  return (actor as unknown as { readonly ctx: ActorContext }).ctx;
}

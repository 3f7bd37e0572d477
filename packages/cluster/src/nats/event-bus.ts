// The event bus on NATS: `system.use(cluster).eventBus` on a node, `NatsEventBus.connect` in a process without actors. It
// needs nothing but the JetStream store of the system, and reads what is stored there.
import { type Scheduler, systemRandom, systemScheduler } from "@aether/actor";
import { connectLink, type Link, type LinkOptions, warn } from "@aether/nats";
import type { ActorKey, Token } from "@aether/persistence";
import { bucketOf, checkNamespace, openEventLog } from "@aether/persistence/jetstream";
import { StoredEventBus } from "../bus/bus.ts";
import type {
  ClassOptions,
  EventBus,
  EventSourcedActorClass,
  EventSubscription,
  InstanceEvent,
  NameOptions,
  StoredEventHandler,
} from "../contracts/event-bus.ts";
import { NatsBusRecords } from "./event-bus-records.ts";

/** Of a bus that stands alone. */
export interface NatsEventBusOptions {
  /** Such as `nats://127.0.0.1:4222`, or several of one NATS cluster. */
  readonly servers: LinkOptions["servers"];
  /** The name of the system whose events are told. */
  readonly system: string;
  /** As the system has it. @default none */
  readonly namespace?: string;
  /** More for the connection, such as credentials. */
  readonly connection?: LinkOptions["connection"];
  /** Hears of every stored commit while anybody is subscribed: to keep a cache of versions fresh. */
  readonly updateVersionCache?: UpdateVersionCache;
  /** Hears what goes wrong on the way. @default a warning of the process */
  readonly onProblem?: (problem: Error) => void;
}

const optionNames: readonly string[] = [
  "servers",
  "system",
  "namespace",
  "connection",
  "updateVersionCache",
  "onProblem",
] satisfies (keyof NatsEventBusOptions)[];

/** The last commit of an actor has this token now. `JetStreamEventStore.updateVersionCache` is one. */
export type UpdateVersionCache = (actor: ActorKey, token: Token) => void;

/** What a node, or `connect`, gives it. */
export interface NatsBusParts {
  readonly link: Link;
  readonly systemName: string;
  readonly namespace: string | undefined;
  readonly scheduler: Scheduler;
  readonly problem: (problem: Error) => void;
  readonly updateVersionCache: UpdateVersionCache | undefined;
}

export class NatsEventBus implements EventBus, AsyncDisposable {
  readonly #bus: StoredEventBus;
  readonly #release: () => Promise<void>;

  /** Use {@link NatsEventBus.connect}, or the bus of a node. */
  constructor(parts: NatsBusParts, release: () => Promise<void> = async () => {}) {
    const { link, systemName, namespace, scheduler, problem, updateVersionCache } = parts;
    const scope = { systemName, ...(namespace === undefined ? {} : { namespace }) };
    const note = (message: string): void => problem(new Error(message));
    this.#release = release;
    this.#bus = new StoredEventBus({
      openLog: () => openEventLog(link, { ...scope, warn: note }),
      records: new NatsBusRecords(link, bucketOf(systemName, namespace).bucket),
      scheduler,
      random: systemRandom,
      problem,
      onStored: updateVersionCache && (({ actor, position }) => updateVersionCache(actor, position)),
    });
  }

  /**
   * A bus of its own connection, for a process that runs no actors.
   * @throws TypeError for a wrong option, and what connecting throws
   */
  static async connect(options: NatsEventBusOptions): Promise<NatsEventBus> {
    const { servers, system, namespace, connection, updateVersionCache } = options;
    const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
    if (unknown !== undefined)
      throw new TypeError(`NatsEventBus: unknown option "${unknown}"; there are ${optionNames.join(", ")}.`);
    if (typeof system !== "string" || system === "")
      throw new TypeError("NatsEventBus: give the name of the `system`.");
    checkNamespace("NatsEventBus", namespace);
    const problem = options.onProblem ?? warn;
    const given = connection === undefined ? {} : { connection };
    const link = await connectLink({ servers, name: `${system} event bus`, onProblem: problem, ...given });
    const parts = { link, systemName: system, namespace, scheduler: systemScheduler, problem, updateVersionCache };
    return new NatsEventBus(parts, () => link.close());
  }

  /**
   * Calls `handler` with what is stored, by whichever node, at least once each and in order per actor. Resolves when what
   * is stored from now on will be told.
   * @throws TypeError or RangeError for a wrong option; PositionAheadOfLog, LogTruncated when the store cannot begin there;
   *   StoreNotProvisioned (`PERSISTENCE_STORE_NOT_PROVISIONED`) before the system has started for the first time
   */
  subscribeToEventStored<C extends EventSourcedActorClass>(
    options: ClassOptions<C>,
    handler: StoredEventHandler<InstanceEvent<C>>,
  ): Promise<EventSubscription>;
  subscribeToEventStored(options: NameOptions, handler: StoredEventHandler): Promise<EventSubscription>;
  subscribeToEventStored(
    options: NameOptions | ClassOptions<EventSourcedActorClass>,
    handler: StoredEventHandler<never>,
  ): Promise<EventSubscription> {
    return this.#bus.subscribeToEventStored(options, handler);
  }

  /** Stops all subscriptions, checkpoints written. */
  async close(): Promise<void> {
    await this.#bus.close();
    await this.#release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

// The plugin: opens the stores, and keeps the state of every event-sourced actor of the system.
import {
  type Actor,
  type ActorClass,
  describeClass,
  type Durability,
  type DurableCell,
  type DurableState,
  type Plugin,
  type PluginFactory,
  type PluginHost,
  type Port,
  port,
} from "@aether/actor";
import { createApi, type PersistenceApi } from "./api.ts";
import { Background } from "./background.ts";
import { CommitStamp } from "./commit-stamp.ts";
import { Codecs } from "./codec.ts";
import type { OpenStores } from "./contracts/backend.ts";
import { type EventSourcedActor, bindChanges } from "./event-sourced-actor.ts";
import { EventSourcedClass } from "./event-sourced-class.ts";
import { EventSourcedState } from "./event-sourced-state.ts";
import type { DomainEvent } from "./events.ts";
import { MetricsCounter } from "./metrics.ts";
import { closeStores, openStores } from "./opening.ts";
import { Permits } from "./permits.ts";
import { type PersistenceOptions, type SettledOptions, settleOptions } from "./persistence-options.ts";
import { eventSourcing, type Writers, writers } from "./ports.ts";
import { type SettledRetention, settleRetention } from "./retention.ts";
import type { Services } from "./services.ts";

/** What all types have in common. */
type SharedServices = Omit<Services, "metrics">;

interface HostedClass {
  readonly info: EventSourcedClass;
  readonly retention: SettledRetention;
}

/** How long the end of the system waits for snapshots that are being saved. */
const lastSavesMs = 2_000;

const api: Port<PersistenceApi> = port<PersistenceApi>("persistence");

/** Makes `EventSourcedActor`s durable. @throws TypeError or RangeError for a wrong option */
export const persistence: ((options: PersistenceOptions) => Plugin<PersistenceApi>) & PluginFactory<PersistenceApi> =
  Object.assign((options: PersistenceOptions) => new PersistencePlugin(options), { api });

class PersistencePlugin implements Plugin<PersistenceApi>, Durability {
  readonly name = "persistence";
  readonly #options: SettledOptions;
  readonly #codecs: Codecs;
  readonly #counters = new Map<string, MetricsCounter>();
  readonly #classes = new Map<ActorClass, HostedClass>();
  readonly #services = new Map<string, Services>();
  #host: PluginHost | undefined;
  #stores: OpenStores | undefined;
  #shared: SharedServices | undefined;

  constructor(options: PersistenceOptions) {
    this.#options = settleOptions(options);
    this.#codecs = new Codecs(this.#options.codec);
  }

  async install(host: PluginHost): Promise<PersistenceApi> {
    this.#host = host;
    this.#stores = await openStores(this.#options, host);
    const offered = createApi({
      host,
      counters: this.#counters,
      servicesOf: (type) => this.#servicesOf(type),
      classOf: (actorClass) => this.#classes.get(actorClass)?.info ?? new EventSourcedClass(actorClass, this.#codecs),
    });
    host.provide(eventSourcing, this);
    host.provide(api, offered);
    return offered;
  }

  check(actorClass: ActorClass): void {
    const info = new EventSourcedClass(actorClass, this.#codecs);
    this.#classes.set(actorClass, { info, retention: settleRetention(actorClass, this.#options.retention) });
  }

  open(actor: Actor, cell: DurableCell): DurableState {
    const { actorClass, type } = describeClass(actor.constructor as ActorClass);
    const { info, retention } = this.#classes.get(actorClass) as HostedClass;
    const durable = new EventSourcedState({
      actor: actor as EventSourcedActor<DomainEvent>,
      info,
      cell,
      services: this.#servicesOf(type),
      retention,
    });
    bindChanges(actor as EventSourcedActor<DomainEvent>, durable);
    return durable;
  }

  async close(): Promise<void> {
    await this.#shared?.background.end(lastSavesMs);
    if (this.#stores !== undefined) await closeStores(this.#stores);
  }

  #servicesOf(type: string): Services {
    const found = this.#services.get(type);
    if (found !== undefined) return found;
    const metrics = new MetricsCounter();
    const services = { ...(this.#shared ??= this.#share()), metrics };
    this.#services.set(type, services);
    this.#counters.set(type, metrics);
    return services;
  }

  /** At the first activation: by then every plugin is installed. */
  #share(): SharedServices {
    const host = this.#host as PluginHost;
    const { clock, random, scheduler, events, systemName, session } = host;
    const { maxRecoveries, freezeEvents, compressSnapshots, checkInitialState, commandHorizon } = this.#options;
    const { recoverWithinMs, permitWithinMs, maxWaitingTurns, maxWaitingBytes } = this.#options;
    const lonely: Writers = { current: { node: `${systemName}.${session}`, epoch: 1 }, isGone: () => false };
    const known = host.find(writers) ?? lonely;
    return {
      stores: this.#stores as OpenStores,
      clock,
      random,
      scheduler,
      events,
      writers: known,
      stamp: new CommitStamp(clock, random, known),
      recoveries: new Permits(maxRecoveries, host),
      background: new Background(scheduler),
      limits: {
        recoverWithinMs,
        permitWithinMs,
        maxWaitingTurns,
        maxWaitingBytes,
        commandHorizon,
      },
      freezeEvents,
      compressSnapshots,
      checkInitialState,
    };
  }
}

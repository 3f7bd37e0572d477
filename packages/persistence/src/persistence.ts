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
import type { OpenStores, StoreBackend } from "./contracts/backend.ts";
import { type EventSourcedActor, bindChanges } from "./event-sourced-actor.ts";
import { EventSourcedClass } from "./event-sourced-class.ts";
import { EventSourcedState } from "./event-sourced-state.ts";
import type { DomainEvent } from "./events.ts";
import { MetricsCounter, type PersistenceMetrics } from "./metrics.ts";
import { Permits } from "./permits.ts";
import { eventSourcing, type Writers, writers } from "./ports.ts";
import { type CommandHorizon, defaultHorizon } from "./remembered-commands.ts";
import type { Services } from "./services.ts";

export interface PersistenceOptions {
  /** Where events and snapshots are kept, such as `memory()` or `jetStream({ servers })`. */
  readonly store: StoreBackend;
  /** Actors that may recover at once. @default 64 */
  readonly maxRecoveries?: number;
  /** Milliseconds after which an activation gives up on a store that does not answer. @default 15,000 */
  readonly recoverWithinMs?: number;
  /** Ended turns of one actor that may wait for the store before its mailbox pauses. @default 10,000 */
  readonly maxWaitingTurns?: number;
  /** Bytes of their events. @default 16 MiB */
  readonly maxWaitingBytes?: number;
  /** How long a command id is recognised. @default the last 1,000 and 10 minutes, at most 10,000 and 256 KiB */
  readonly commandHorizon?: Partial<CommandHorizon>;
  /** Whether persisted events are frozen, so that nobody changes what was folded. @default true */
  readonly freezeEvents?: boolean;
}

/** `system.use(persistence)`. */
export interface PersistenceApi {
  /** What persistence has done in this process since the system started. */
  metrics(): PersistenceMetrics;
}

const defaults = Object.freeze({
  maxRecoveries: 64,
  recoverWithinMs: 15_000,
  maxWaitingTurns: 10_000,
  maxWaitingBytes: 16 * 1_024 * 1_024,
  commandHorizon: defaultHorizon,
  freezeEvents: true,
});

const optionNames: readonly string[] = ["store", ...Object.keys(defaults)];

function checkNames(options: PersistenceOptions): void {
  for (const name of Object.keys(options)) {
    if (optionNames.includes(name)) continue;
    throw new TypeError(`persistence: unknown option "${name}"; there are ${optionNames.join(", ")}.`);
  }
  if (typeof options.store?.open !== "function") {
    throw new TypeError(
      "persistence: store is missing; give a backend, such as memory() of @aether/persistence/memory.",
    );
  }
}

const api: Port<PersistenceApi> = port<PersistenceApi>("persistence");

/** Makes `EventSourcedActor`s durable. @throws TypeError or RangeError for a wrong option */
export const persistence: ((options: PersistenceOptions) => Plugin<PersistenceApi>) & PluginFactory<PersistenceApi> =
  Object.assign((options: PersistenceOptions) => new PersistencePlugin(options), { api });

class PersistencePlugin implements Plugin<PersistenceApi>, Durability {
  readonly name = "persistence";
  readonly #options: Required<PersistenceOptions>;
  readonly #metrics = new MetricsCounter();
  readonly #classes = new Map<ActorClass, EventSourcedClass>();
  #host: PluginHost | undefined;
  #stores: OpenStores | undefined;
  #services: Services | undefined;

  constructor(options: PersistenceOptions) {
    checkNames(options);
    this.#options = { ...defaults, ...options };
    for (const name of ["maxRecoveries", "recoverWithinMs", "maxWaitingTurns", "maxWaitingBytes"] as const) {
      const value = this.#options[name];
      if (!Number.isInteger(value) || value < 1) {
        throw new RangeError(`persistence: ${name} is ${value}; use a whole number from 1.`);
      }
    }
  }

  async install(host: PluginHost): Promise<PersistenceApi> {
    this.#host = host;
    const { store } = this.#options;
    const warn = (message: string): void =>
      host.events.publish({ type: "store-warning", level: "warn", store: store.name, message });
    this.#stores = await store.open({ systemName: host.systemName, warn });
    const offered: PersistenceApi = { metrics: () => this.#metrics.read() };
    host.provide(eventSourcing, this);
    host.provide(api, offered);
    return offered;
  }

  check(actorClass: ActorClass): void {
    this.#classes.set(actorClass, new EventSourcedClass(actorClass));
  }

  open(actor: Actor, cell: DurableCell): DurableState {
    const { actorClass } = describeClass(actor.constructor as ActorClass);
    const info = this.#classes.get(actorClass) as EventSourcedClass;
    this.#services ??= this.#createServices();
    const durable = new EventSourcedState({
      actor: actor as EventSourcedActor<DomainEvent>,
      info,
      cell,
      services: this.#services,
    });
    bindChanges(actor as EventSourcedActor<DomainEvent>, durable);
    return durable;
  }

  async close(): Promise<void> {
    await this.#stores?.events.close();
    await this.#stores?.snapshots.close();
    await this.#stores?.close?.();
  }

  /** At the first activation: by then every plugin is installed. */
  #createServices(): Services {
    const host = this.#host as PluginHost;
    const { clock, random, scheduler, events, systemName, session } = host;
    const { maxRecoveries, recoverWithinMs, maxWaitingTurns, maxWaitingBytes, commandHorizon, freezeEvents } =
      this.#options;
    const lonely: Writers = { current: { node: `${systemName}.${session}`, epoch: 1 }, isGone: () => false };
    return {
      stores: this.#stores as OpenStores,
      clock,
      random,
      scheduler,
      events,
      metrics: this.#metrics,
      writers: host.find(writers) ?? lonely,
      recoveries: new Permits(maxRecoveries),
      limits: {
        recoverWithinMs,
        maxWaitingTurns,
        maxWaitingBytes,
        commandHorizon: { ...defaultHorizon, ...commandHorizon },
      },
      freezeEvents,
    };
  }
}

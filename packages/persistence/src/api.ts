// What `system.use(persistence)` offers: figures, the past of an actor, and its end.
import { ActorAddress, type ActorClass, describeClass, type PluginHost } from "@aether/actor";
import { deleteActor } from "./deleting.ts";
import type { EventSourcedActor } from "./event-sourced-actor.ts";
import type { EventSourcedClass } from "./event-sourced-class.ts";
import type { DomainEvent } from "./events.ts";
import { type History, StoredHistory } from "./history.ts";
import { type MetricsCounter, type PersistenceMetrics, readMetrics } from "./metrics.ts";
import type { Services } from "./services.ts";

export interface HistoryOptions<A> {
  /** Makes the object that events are folded into; needed where the constructor needs arguments. @default `new Class()` */
  readonly create?: () => A;
}

/** `system.use(persistence)`. */
export interface PersistenceApi {
  /** What persistence has done in this process since the system started: all types together, or one. */
  metrics(actorClass?: ActorClass): PersistenceMetrics;
  /**
   * The past of one actor, from the store alone: it is not activated, and need not be hosted here.
   * @throws TypeError for a class that is not event-sourced, InvalidActorId (`ACTOR_INVALID_ID`)
   */
  history<A extends EventSourcedActor<DomainEvent>>(
    actorClass: ActorClass<A>,
    id: string,
    options?: HistoryOptions<NoInfer<A>>,
  ): History<A>;
  /**
   * Deletes an actor: a tombstone is stored behind its last event, and its next activation begins with the initial state;
   * versions go on. On this node the actor leaves memory before this settles; one that is in another node's memory loses the
   * fence with its next event, and may answer questions from its old state until then. What is stored before the tombstone
   * is no longer read; events go when `delete` is called again ten minutes later, snapshots as new ones take their place.
   * @returns false if there was nothing to delete
   */
  delete(actorClass: ActorClass, id: string): Promise<boolean>;
}

export interface ApiParts {
  readonly host: PluginHost;
  readonly counters: ReadonlyMap<string, MetricsCounter>;
  readonly servicesOf: (type: string) => Services;
  readonly classOf: (actorClass: ActorClass) => EventSourcedClass;
}

export function createApi({ host, counters, servicesOf, classOf }: ApiParts): PersistenceApi {
  return {
    metrics(actorClass) {
      const one = actorClass && counters.get(describeClass(actorClass).type);
      const read = actorClass === undefined ? counters.values() : one === undefined ? [] : [one];
      return readMetrics(read, host.clock.wall());
    },
    history(actorClass, id, options = {}) {
      const key = keyOf(actorClass, id);
      const info = classOf(actorClass);
      const create = options.create ?? (() => new (actorClass as unknown as new () => never)());
      const { stores } = servicesOf(key.type);
      return new StoredHistory({ key, info, stores, create });
    },
    async delete(actorClass, id) {
      const key = keyOf(actorClass, id);
      classOf(actorClass);
      const isDeleted = await deleteActor(servicesOf(key.type), key);
      if (isDeleted) await host.local.release((address) => address.toString() === key.toString());
      return isDeleted;
    },
  };
}

function keyOf(actorClass: ActorClass, id: string): ActorAddress {
  return new ActorAddress(describeClass(actorClass).type, id);
}

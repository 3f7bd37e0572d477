// The event bus: what was stored anywhere in the system, told to whoever subscribes, in any process. What it tells was
// stored; what was refused is never seen.
import type { ActorClass } from "@aether/actor";
import type { Codec, DomainEvent, EventOf, EventSourcedActor } from "@aether/persistence";

/** An event of another process or of this one, as it was stored. */
export interface StoredEvent<E extends DomainEvent = DomainEvent> {
  readonly actor: { readonly type: string; readonly id: string };
  /** Upcasted to today's schema if the subscription names classes; else as it is stored. */
  readonly event: E;
  /** Of the actor, from 1. */
  readonly version: number;
  /** Of the commit it was stored with: growing per actor. Events of one commit share it. */
  readonly position: number;
  /** The same at each delivery, and of no other event: for whoever must not do things twice. */
  readonly id: string;
  /** Milliseconds since the epoch when its command ran, by the clock of the node that ran it. */
  readonly time: number;
  /** The node that stored it. */
  readonly node: string;
  /** The command that persisted it, if it had an id. */
  readonly commandId: string | undefined;
  /** The schema version it was stored with. */
  readonly schema: number;
}

/**
 * Where a subscription begins: with what is stored from now on, with the first event that is kept, behind a position, or
 * with what was stored at a time or later. A store of several streams has a position in each of them.
 */
export type From = "new" | "start" | number | readonly number[] | Date;

interface CommonOptions {
  /** One actor; together with one `actor`. */
  readonly id?: string;
  /** @default "new" */
  readonly from?: From;
  /**
   * Makes it durable: what was handled is remembered under this name, so that the next start goes on behind it and `from`
   * counts only at the first one. Of two processes with one name the later one runs. Letters, digits, `_` and `-`.
   */
  readonly name?: string;
  /** Of a durable subscription: remember after so many handled events, before the next one. @default 100 */
  readonly checkpointEvery?: number;
  /** Remember at least so often, in milliseconds. @default 1,000 */
  readonly checkpointMs?: number;
  /** Handle an event so often before it is parked. @default 5 */
  readonly maxAttempts?: number;
  /** Before the second attempt, in milliseconds; twice as long before each further one, up to 10 s. @default 100 */
  readonly retryMs?: number;
  /** Events that may be parked; one more ends the subscription. @default 100 */
  readonly maxParked?: number;
  /** Commits that may wait for the handler. @default 1,000 */
  readonly maxWaiting?: number;
  /** And their bytes. @default 4,194,304 (4 MiB) */
  readonly maxWaitingBytes?: number;
  /** What becomes of a subscription with too much waiting: it reads the rest from the store, or ends. @default "catch-up" */
  readonly whenSlow?: "catch-up" | "fail";
  /** Of events that were not stored as JSON. */
  readonly codec?: Codec | readonly Codec[];
  /** Hears what goes wrong on the way; each is an `AetherError`. @default where the bus tells its problems */
  readonly onProblem?: (problem: Error) => void;
}

/** What to listen to by classes: their events arrive typed and upcasted. */
export interface ClassOptions<C extends EventSourcedActorClass> extends CommonOptions {
  readonly actor: C | readonly C[];
  /** Only events of these types. */
  readonly event?: EventTypeOf<C> | readonly EventTypeOf<C>[];
}

export type EventSourcedActorClass = ActorClass<EventSourcedActor<DomainEvent>>;

/** The events of a class. */
export type InstanceEvent<C extends EventSourcedActorClass> = EventOf<InstanceType<C>>;

type EventTypeOf<C extends EventSourcedActorClass> = InstanceEvent<C>["type"];

/** What to listen to by the names of types, or everything: events arrive as they are stored. */
export interface NameOptions extends CommonOptions {
  readonly actor?: string | readonly string[];
  readonly event?: string | readonly string[];
}

export type SubscribeOptions = NameOptions | ClassOptions<EventSourcedActorClass>;

/**
 * One at a time, in order per actor. An event is handled when the returned promise resolves; a throw lets it be tried
 * again, and those behind it wait.
 */
export type StoredEventHandler<E extends DomainEvent = DomainEvent> = (stored: StoredEvent<E>) => void | Promise<void>;

/** An event that could not be handled, and was set aside so that the others go on. */
export interface ParkedEvent {
  readonly id: string;
  readonly actor: { readonly type: string; readonly id: string };
  readonly stream: number;
  readonly position: number;
  /** 0 when the commit as a whole cannot be read. */
  readonly version: number;
  /** As far as it is known. */
  readonly eventType: string | undefined;
  readonly attempts: number;
  /** What the last attempt threw. */
  readonly cause: string;
}

export interface EventSubscription extends AsyncDisposable {
  /** Everything up to here is handled or parked; good as `from`. One number per stream of the store. */
  readonly position: readonly number[];
  /** In the order in which they were parked. A durable subscription remembers them, others until they end. */
  readonly parked: readonly ParkedEvent[];
  /** Handles what is parked once more, read anew from the store. @returns how many were handled; the others stay parked */
  replayParked(): Promise<number>;
  /**
   * Resolves when it was stopped, by whomever. Rejects with what ended it: SubscriptionTaken, PositionAheadOfLog,
   * LogTruncated, SlowConsumer, TooManyParked.
   */
  readonly ended: Promise<void>;
  /** Handles what was stored before this call, then stops. Rejects, as `ended` does, when it ended before that. */
  drain(): Promise<void>;
  /** No call of the handler begins from now on. Resolves when the last one has ended and the checkpoint is written. */
  stop(): Promise<void>;
}

export interface EventBus {
  /**
   * Calls `handler` with stored events, at least once each. Resolves when what is stored from now on will be told.
   * @throws TypeError or RangeError for a wrong option; PositionAheadOfLog (`CLUSTER_POSITION_AHEAD_OF_LOG`) and
   *   LogTruncated (`CLUSTER_LOG_TRUNCATED`) when the store cannot begin there
   */
  subscribeToEventStored<C extends EventSourcedActorClass>(
    options: ClassOptions<C>,
    handler: StoredEventHandler<InstanceEvent<C>>,
  ): Promise<EventSubscription>;
  subscribeToEventStored(options: NameOptions, handler: StoredEventHandler): Promise<EventSubscription>;
}

/** Where durable subscriptions remember what they handled: texts by name, changed by compare-and-set. */
export interface BusRecords {
  read(name: string): Promise<BusRecord | undefined>;
  /**
   * @param expected the revision that it replaces, 0 for the first
   * @returns its revision, or `undefined` when another one stands there; whatever is thrown: unknown
   */
  write(name: string, text: string, expected: number): Promise<number | undefined>;
}

export interface BusRecord {
  readonly text: string;
  readonly revision: number;
}

// The event bus over any log: feeds that are there while somebody listens, and the subscriptions that share them.
import { type Random, randomId, type Scheduler } from "@aether/actor";
import type { EventLog, LoggedCommit } from "@aether/persistence";
import type {
  BusRecords,
  EventBus,
  EventSubscription,
  StoredEventHandler,
  SubscribeOptions,
} from "../contracts/event-bus.ts";
import { BusClosed } from "../errors.ts";
import { Feed } from "./feed.ts";
import { pause } from "./pausing.ts";
import { Slots } from "./slots.ts";
import { Subscription } from "./subscription.ts";
import { settleOptions } from "./subscribe-options.ts";

export interface BusParts {
  /** Asked once, when somebody subscribes first. */
  readonly openLog: () => Promise<EventLog>;
  readonly records: BusRecords;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** Hears what goes wrong, of subscriptions that do not listen to it themselves. */
  readonly problem: (problem: Error) => void;
  /** Hears of every commit while anybody is subscribed, before the subscriptions do. */
  readonly onStored?: ((commit: LoggedCommit) => void) | undefined;
}

/** What a handler that hangs may hold up the end of a system. */
const closeWithinMs = 5_000;
/** How many pages are read at once for those who are behind. */
const readsAtOnce = 8;

export class StoredEventBus implements EventBus {
  readonly #parts: BusParts;
  readonly #reads = new Slots(readsAtOnce);
  readonly #subscriptions = new Set<Subscription>();
  #log: Promise<EventLog> | undefined;
  #feeds: Promise<readonly Feed[]> | undefined;
  /** Subscriptions that are there or just begin. */
  #users = 0;
  #isClosed = false;

  constructor(parts: BusParts) {
    this.#parts = parts;
  }

  async subscribeToEventStored(
    options: SubscribeOptions,
    handler: StoredEventHandler<never>,
  ): Promise<EventSubscription> {
    const settled = settleOptions(options);
    if (typeof handler !== "function")
      throw new TypeError("subscribeToEventStored: give a handler behind the options.");
    if (this.#isClosed) throw new BusClosed();
    const { records, scheduler, random } = this.#parts;
    this.#users++;
    let hasEnded = false;
    try {
      const log = await this.#openLog();
      const feeds = await (this.#feeds ??= this.#startFeeds(log));
      const subscription = await Subscription.begin({
        log,
        feeds,
        reads: this.#reads,
        records,
        owner: randomId(random, 16),
        options: settled,
        handler: handler as StoredEventHandler,
        scheduler,
        problem: settled.onProblem ?? this.#parts.problem,
        onEnd: (ended) => {
          hasEnded = true;
          this.#subscriptions.delete(ended);
          this.#leave();
        },
      });
      if (!hasEnded) this.#subscriptions.add(subscription);
      if (this.#isClosed) await subscription.stop();
      return subscription;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  /** Stops all subscriptions, checkpoints written. A handler that does not end is left alone after a while. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const hasStopped = new AbortController();
    const stopped = Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await Promise.race([stopped, pause(this.#parts.scheduler, closeWithinMs, hasStopped.signal)]);
    hasStopped.abort("all have stopped");
    await this.#stopFeeds();
  }

  async #openLog(): Promise<EventLog> {
    try {
      return await (this.#log ??= this.#parts.openLog());
    } catch (error) {
      this.#log = undefined; // it may be there the next time
      throw error;
    }
  }

  async #startFeeds(log: EventLog): Promise<readonly Feed[]> {
    const { scheduler, problem } = this.#parts;
    const onStored = (commit: LoggedCommit): void => this.#tell(commit);
    const feeds = Array.from(
      { length: log.streams },
      (_, stream) => new Feed({ log, stream, scheduler, problem, onStored }),
    );
    try {
      await Promise.all(feeds.map((feed) => feed.start()));
      return feeds;
    } catch (error) {
      this.#feeds = undefined;
      await Promise.all(feeds.map((feed) => feed.close()));
      throw error;
    }
  }

  /** A cache that fails takes nothing from anybody. */
  #tell(commit: LoggedCommit): void {
    try {
      this.#parts.onStored?.(commit);
    } catch (error) {
      this.#parts.problem(error as Error);
    }
  }

  #leave(): void {
    if (--this.#users === 0) this.#stopFeeds().catch((error: unknown) => this.#parts.problem(error as Error));
  }

  async #stopFeeds(): Promise<void> {
    const feeds = this.#feeds;
    this.#feeds = undefined;
    const running = await (feeds ?? Promise.resolve([])).catch(() => []); // whoever started them was told
    await Promise.all(running.map((feed) => feed.close()));
  }
}

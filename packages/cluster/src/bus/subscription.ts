// One subscription, from its beginning to its end: a lane per stream, one delivery, one progress.
import type { Cancel, Scheduler } from "@aether/actor";
import type { EventLog } from "@aether/persistence";
import type { BusRecords, EventSubscription, ParkedEvent, StoredEventHandler } from "../contracts/event-bus.ts";
import { type Cursor, cursorsFrom, doneUpTo } from "./cursor.ts";
import { Delivery } from "./delivery.ts";
import type { Feed } from "./feed.ts";
import { Lane } from "./lane.ts";
import { Progress } from "./progress.ts";
import type { Slots } from "./slots.ts";
import type { SettledOptions } from "./subscribe-options.ts";

export interface SubscriptionParts {
  readonly log: EventLog;
  readonly feeds: readonly Feed[];
  readonly reads: Slots;
  readonly records: BusRecords;
  /** Of this start, if it is durable. */
  readonly owner: string;
  readonly options: SettledOptions;
  readonly handler: StoredEventHandler;
  readonly scheduler: Scheduler;
  readonly problem: (problem: Error) => void;
  readonly onEnd: (subscription: Subscription) => void;
}

export class Subscription implements EventSubscription {
  readonly ended: Promise<void>;
  readonly #parts: SubscriptionParts;
  readonly #progress: Progress;
  readonly #delivery: Delivery;
  readonly #stopping = new AbortController();
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};
  #lanes: readonly Lane[] = [];
  #cursors: readonly Cursor[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #stopTimer: Cancel = () => {};
  #stopped: Promise<void> | undefined;

  private constructor(parts: SubscriptionParts) {
    const { log, options, handler, scheduler, records, owner, problem } = parts;
    const { name, checkpointEvery } = options;
    this.#parts = parts;
    const durable = name === undefined ? undefined : { name, records, owner };
    this.#progress = new Progress({ durable, checkpointEvery, problem });
    const { signal } = this.#stopping;
    const progress = this.#progress;
    this.#delivery = new Delivery({ log, options, handler, progress, scheduler, signal, problem });
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ended.catch(() => {}); // whoever is interested looks
  }

  /** @throws what the log throws, PositionAheadOfLog, LogTruncated, CheckpointFailed */
  static async begin(parts: SubscriptionParts): Promise<Subscription> {
    const subscription = new Subscription(parts);
    await subscription.#begin();
    return subscription;
  }

  get position(): readonly number[] {
    return this.#currentCursors().map(doneUpTo);
  }

  get parked(): readonly ParkedEvent[] {
    return this.#progress.parked;
  }

  async replayParked(): Promise<number> {
    return this.#delivery.replay();
  }

  async drain(): Promise<void> {
    const { log } = this.#parts;
    await Promise.all(this.#lanes.map(async (lane) => lane.reached((await log.bounds(lane.stream)).last)));
    await this.stop();
    await this.ended; // whoever waits for all to be handled hears that it is not
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#end(undefined));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #begin(): Promise<void> {
    const { log, feeds, reads, options, scheduler, problem } = this.#parts;
    const { interest } = options;
    let isFirst = false;
    this.#cursors = await this.#progress.begin(log.streams, () => {
      isFirst = options.from === "start";
      return cursorsFrom(log, options.from);
    });
    const [type] = interest.types ?? [];
    const only = interest.id === undefined || type === undefined ? undefined : log.streamOf({ type, id: interest.id });
    const laneOf = (feed: Feed, stream: number): Lane => {
      const { signal } = this.#stopping;
      const fail = (error: Error): void => void (this.#stopped ??= this.#end(error));
      const own = {
        stream,
        log,
        feed,
        reads,
        options,
        isFirst,
        delivery: this.#delivery,
        scheduler,
        signal,
        problem,
        fail,
      };
      return new Lane(own, this.#cursors[stream] as Cursor);
    };
    this.#lanes = feeds.map(laneOf).filter(({ stream }) => only === undefined || stream === only);
    await Promise.all(this.#lanes.map((lane) => lane.begin()));
    this.#progress.cursors = () => this.#currentCursors();
    if (options.name !== undefined) {
      this.#stopTimer = scheduler.every(options.checkpointMs, () => void this.#write());
    }
    this.#running = Promise.all(this.#lanes.map((lane) => lane.run()));
  }

  #currentCursors(): readonly Cursor[] {
    const cursors = [...this.#cursors];
    for (const lane of this.#lanes) cursors[lane.stream] = lane.cursor;
    return cursors;
  }

  async #write(): Promise<void> {
    try {
      await this.#progress.write();
    } catch (error) {
      this.#stopped ??= this.#end(error as Error);
    }
  }

  async #end(error: Error | undefined): Promise<void> {
    const { onEnd, problem } = this.#parts;
    this.#stopTimer();
    this.#stopping.abort("stopped"); // a reason of its own costs an exception less
    await this.#running;
    this.#stopTimer();
    const failure = await this.#lastWrite();
    const found = error ?? failure;
    onEnd(this);
    if (found === undefined) return this.#resolve();
    problem(found);
    this.#reject(found);
  }

  async #lastWrite(): Promise<Error | undefined> {
    try {
      await this.#progress.write();
    } catch (error) {
      return error as Error;
    }
  }
}

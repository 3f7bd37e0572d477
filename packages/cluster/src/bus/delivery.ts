// From a commit to calls of the handler: one at a time, tried again when it throws, set aside when it never succeeds.
// Invariant: an event is handled or parked before the one behind it is begun.
import type { Scheduler } from "@aether/actor";
import type { EventLog, LoggedCommit, ReadEvent, UnreadableEvent } from "@aether/persistence";
import type { ParkedEvent, StoredEvent, StoredEventHandler } from "../contracts/event-bus.ts";
import { EventParked, LogTruncated, TooManyParked } from "../errors.ts";
import type { Continuity } from "./continuity.ts";
import { pause } from "./pausing.ts";
import type { Progress } from "./progress.ts";
import { Slots } from "./slots.ts";
import type { SettledOptions } from "./subscribe-options.ts";

export interface DeliveryParts {
  readonly log: EventLog;
  readonly options: SettledOptions;
  readonly handler: StoredEventHandler;
  readonly progress: Progress;
  readonly scheduler: Scheduler;
  /** Aborted when no call may begin any more. */
  readonly signal: AbortSignal;
  readonly problem: (problem: Error) => void;
}

/** Where a lane is. */
export interface Place {
  /** Versions up to this one are not handled again. */
  readonly done: number;
  /** Hears of each version that is handled or parked. */
  readonly onDone: (version: number) => void;
  readonly continuity: Continuity;
}

type Read = ReadEvent | UnreadableEvent;

const longestRetryMs = 10_000;
const maxCauseLength = 500;

export class Delivery {
  readonly #parts: DeliveryParts;
  /** Several streams and whoever replays share one handler. */
  readonly #turns = new Slots(1);

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /**
   * @returns false when it was stopped before the end
   */
  async deliver(stream: number, commit: LoggedCommit, { done, onDone, continuity }: Place): Promise<boolean> {
    const { interest } = this.#parts.options;
    let events: readonly Read[];
    try {
      const read = interest.read(commit.actor, commit.bytes);
      this.#checkContinuity(stream, continuity.missingBefore(commit, read.after), commit);
      events = read.events;
    } catch (error) {
      return this.#turns.run(() => this.#park(parkedAs(stream, commit), 1, error));
    }
    for (const [i, read] of events.entries()) {
      if (read.version <= done || !interest.wants(read)) continue;
      if (!(await this.#turns.run(() => this.#handle(stream, commit, read)))) return false;
      if (events[i + 1]?.version === read.version) continue;
      onDone(read.version);
      await this.#parts.progress.handled();
    }
    return true;
  }

  /** @returns how many were handled */
  async replay(): Promise<number> {
    const { progress } = this.#parts;
    let count = 0;
    for (const parked of progress.parked) {
      const isHandled = await this.#turns.run(() => this.#replayOne(parked));
      if (!isHandled) continue;
      await progress.unpark(parked.id);
      count++;
    }
    return count;
  }

  /** What is gone is gone: whoever listens has to know, and the rest goes on. */
  #checkContinuity(stream: number, position: number | undefined, commit: LoggedCommit): void {
    if (position === undefined) return;
    const { problem, options } = this.#parts;
    const { type, id } = commit.actor;
    problem(new LogTruncated(options.label, { stream, position, first: commit.position, actor: `${type}/${id}` }));
  }

  async #handle(stream: number, commit: LoggedCommit, read: Read): Promise<boolean> {
    const { options, handler, scheduler, signal } = this.#parts;
    const parked = parkedAs(stream, commit, read);
    if (!("event" in read)) return this.#park(parked, 1, read.cause);
    const stored = toStored(parked.id, commit, read);
    let delayMs = options.retryMs;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await handler(stored);
        return true;
      } catch (error) {
        if (attempt >= options.maxAttempts) return this.#park(parked, attempt, error);
      }
      await pause(scheduler, delayMs, signal);
      delayMs = Math.min(delayMs * 2, longestRetryMs);
    }
    return false;
  }

  /** Says so only once it is written down. */
  async #park(parked: Omit<ParkedEvent, "attempts" | "cause">, attempts: number, error: unknown): Promise<true> {
    const { progress, options, problem } = this.#parts;
    const { label, maxParked } = options;
    if (progress.parked.length >= maxParked) throw new TooManyParked(label, maxParked, error);
    await progress.park({ ...parked, attempts, cause: causeOf(error) });
    const { type, id } = parked.actor;
    problem(new EventParked(parked.id, `${parked.eventType ?? "?"} of ${type}/${id}`, attempts, error));
    return true;
  }

  async #replayOne(parked: ParkedEvent): Promise<boolean> {
    const { handler, options, problem, signal } = this.#parts;
    if (signal.aborted) return false;
    try {
      const commit = await this.#readAgain(parked);
      for (const read of options.interest.read(commit.actor, commit.bytes).events) {
        const { id } = parkedAs(parked.stream, commit, read);
        if ((parked.version !== 0 && id !== parked.id) || !options.interest.wants(read)) continue;
        if (!("event" in read)) throw read.cause;
        await handler(toStored(id, commit, read));
      }
      return true;
    } catch (error) {
      problem(new EventParked(parked.id, `${parked.eventType ?? "?"}, once more`, parked.attempts + 1, error));
      return false;
    }
  }

  async #readAgain({ id, stream, position, actor }: ParkedEvent): Promise<LoggedCommit> {
    for await (const page of this.#parts.log.read(stream, { after: position - 1, upTo: position }, actor)) {
      const found = page.find((commit) => commit.position === position);
      if (found !== undefined) return found;
    }
    throw new Error(`event ${id} is no longer in the store`);
  }
}

function parkedAs(stream: number, commit: LoggedCommit, read?: Read): Omit<ParkedEvent, "attempts" | "cause"> {
  const { actor, position } = commit;
  const version = read?.version ?? 0;
  const part = read !== undefined && "part" in read && read.part > 0 ? `.${read.part}` : "";
  const { type, id } = actor;
  return {
    id: `${stream}.${position}.${version}${part}`,
    actor: { type, id },
    stream,
    position,
    version,
    eventType: read?.storedType,
  };
}

function toStored(id: string, { actor, position }: LoggedCommit, read: ReadEvent): StoredEvent {
  const { event, version, time, node, commandId, schema = 1 } = read;
  return { actor, event, version, position, id, time, node, commandId, schema };
}

function causeOf(error: unknown): string {
  return String(error).slice(0, maxCauseLength);
}

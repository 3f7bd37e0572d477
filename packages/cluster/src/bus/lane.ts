// One subscription in one stream: it reads the store in pages until it meets what is told live, then listens along. What
// waits is bounded: with too much of it the lane stops listening, and reads the rest from the store when it comes to it.
import type { Scheduler } from "@aether/actor";
import type { EventLog, LoggedCommit } from "@aether/persistence";
import { PositionAheadOfLog, SlowConsumer } from "../errors.ts";
import { Continuity } from "./continuity.ts";
import { checkCursor, type Cursor, doneUpTo } from "./cursor.ts";
import type { Delivery } from "./delivery.ts";
import type { Feed, FeedListener } from "./feed.ts";
import type { Listened } from "./listeners.ts";
import { pause } from "./pausing.ts";
import { fetchedIn, type Slots } from "./slots.ts";
import type { SettledOptions } from "./subscribe-options.ts";

export interface LaneParts {
  readonly stream: number;
  readonly log: EventLog;
  readonly feed: Feed;
  /** Bounds how many lanes of the process read pages at once. */
  readonly reads: Slots;
  readonly options: SettledOptions;
  /** It begins with what is kept: what went before is not missed. */
  readonly isFirst: boolean;
  readonly delivery: Delivery;
  readonly scheduler: Scheduler;
  readonly signal: AbortSignal;
  readonly problem: (problem: Error) => void;
  /** Ends the subscription. */
  readonly fail: (error: Error) => void;
}

/** What the store does not answer is asked again so often. */
const againMs = 500;

export class Lane implements FeedListener {
  readonly #parts: LaneParts;
  readonly #continuity: Continuity;
  #cursor: Cursor;
  #waiting: LoggedCommit[] = [];
  #waitingBytes = 0;
  #isLive = false;
  #isBusy = false;
  #isIdle: (() => void)[] = [];
  #wake: () => void = () => {};

  constructor(parts: LaneParts, cursor: Cursor) {
    this.#parts = parts;
    this.#cursor = cursor;
    this.#continuity = new Continuity(parts.isFirst ? Number.POSITIVE_INFINITY : doneUpTo(cursor));
  }

  get listened(): Listened {
    return this.#parts.options.interest;
  }

  get stream(): number {
    return this.#parts.stream;
  }

  /** While nothing waits, what was told to others is done here, too. */
  get cursor(): Cursor {
    const { last } = this.#parts.feed;
    return this.#isResting && last > this.#cursor.position ? { position: last } : this.#cursor;
  }

  offer(commit: LoggedCommit): void {
    if (commit.position <= doneUpTo(this.#cursor)) return;
    const { maxWaiting, maxWaitingBytes, whenSlow, label } = this.#parts.options;
    const bytes = this.#waitingBytes + commit.bytes.length;
    if (this.#waiting.length >= maxWaiting || (this.#waiting.length > 0 && bytes > maxWaitingBytes)) {
      this.#leave();
      if (whenSlow === "fail") this.#parts.fail(new SlowConsumer(label, this.#waiting.length, this.#waitingBytes));
      return;
    }
    this.#waiting.push(commit);
    this.#waitingBytes = bytes;
    this.#wake();
  }

  setBack(last: number): void {
    const { stream, options, fail } = this.#parts;
    fail(new PositionAheadOfLog(options.label, { stream, position: this.#cursor.position, last }));
  }

  /**
   * Listens along at once if nothing lies between: then nobody waits for it.
   * @throws PositionAheadOfLog, LogTruncated
   */
  async begin(): Promise<void> {
    const { log, feed, stream, options } = this.#parts;
    const bounds = await log.bounds(stream);
    if (bounds.last < feed.last) return; // of a former leader, or told meanwhile; whoever reads looks again
    checkCursor(options.label, stream, this.#cursor, bounds);
    if (this.#cursor.version === undefined && this.#cursor.position >= feed.last) this.#join();
  }

  /** Until the signal. */
  async run(): Promise<void> {
    const { signal, problem } = this.#parts;
    const wake = (): void => this.#wake();
    signal.addEventListener("abort", wake);
    let hasFailed = false;
    while (!signal.aborted) {
      try {
        await this.#step();
        hasFailed = false;
      } catch (error) {
        this.#leave();
        this.#forget();
        if (isFinal(error)) this.#parts.fail(error as Error);
        else if (!hasFailed) problem(error as Error);
        hasFailed = true;
        await pause(this.#parts.scheduler, againMs, signal);
      }
    }
    signal.removeEventListener("abort", wake);
    this.#leave();
    this.#settle();
  }

  /** Resolves when everything up to there is done. */
  async reached(position: number): Promise<void> {
    await this.#parts.feed.reached(position);
    const { signal } = this.#parts;
    while (!signal.aborted && doneUpTo(this.cursor) < position) {
      await new Promise<void>((resolve) => void this.#isIdle.push(resolve));
    }
  }

  get #isResting(): boolean {
    return this.#isLive && !this.#isBusy && this.#waiting.length === 0;
  }

  async #step(): Promise<void> {
    const commit = this.#waiting.shift();
    if (commit !== undefined) {
      this.#waitingBytes -= commit.bytes.length;
      await this.#deliver(commit);
    } else if (!this.#isLive) await this.#catchUp();
    else {
      this.#settle();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#waiting.length > 0 || this.#parts.signal.aborted) resolve();
      });
    }
  }

  /** Near the end it begins to listen first and reads what lies before that: otherwise it would run after it for ever. */
  async #catchUp(): Promise<void> {
    const { log, feed, stream, options, signal } = this.#parts;
    this.#isBusy = true;
    try {
      while (!signal.aborted) {
        const told = feed.last; // what is told while the answer is under way is not its fault
        const bounds = await log.bounds(stream);
        // Shown by a leader that is one no more: it would leave out what was told since.
        if (bounds.last < told) throw new Error(`the log is shown to end at ${bounds.last}, before ${told}`);
        checkCursor(options.label, stream, this.#cursor, bounds);
        const isNear = feed.last - this.#cursor.position <= options.maxWaiting;
        if (isNear) this.#join();
        await this.#readUpTo(isNear ? feed.last : bounds.last);
        if (isNear) return;
      }
    } finally {
      this.#isBusy = false;
    }
  }

  async #readUpTo(upTo: number): Promise<void> {
    const { log, stream, reads, options, signal } = this.#parts;
    const { interest } = options;
    const pages = log.read(stream, { after: doneUpTo(this.#cursor), upTo }, interest.filter);
    for await (const page of fetchedIn(reads, pages)) {
      for (const commit of page) {
        if (interest.includes(commit.actor)) await this.#deliver(commit);
        if (signal.aborted) return;
      }
    }
    if (upTo > this.#cursor.position) this.#cursor = { position: upTo };
  }

  async #deliver(commit: LoggedCommit): Promise<void> {
    const { position } = commit;
    if (position <= doneUpTo(this.#cursor)) return;
    const done = position === this.#cursor.position ? (this.#cursor.version ?? 0) : 0;
    const onDone = (version: number): void => {
      this.#cursor = { position, version };
    };
    const continuity = this.#continuity;
    const wasBusy = this.#isBusy;
    this.#isBusy = true;
    try {
      if (await this.#parts.delivery.deliver(this.stream, commit, { done, onDone, continuity }))
        this.#cursor = { position };
    } finally {
      this.#isBusy = wasBusy;
    }
  }

  #join(): void {
    if (this.#isLive) return;
    this.#isLive = true;
    this.#parts.feed.join(this);
  }

  #leave(): void {
    if (!this.#isLive) return;
    this.#isLive = false;
    this.#parts.feed.leave(this);
  }

  /** What waits is read from the store again. */
  #forget(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #settle(): void {
    for (const resolve of this.#isIdle.splice(0)) resolve();
  }
}

const finalCodes: readonly unknown[] = [
  "CLUSTER_POSITION_AHEAD_OF_LOG",
  "CLUSTER_LOG_TRUNCATED",
  "CLUSTER_TOO_MANY_PARKED",
  "CLUSTER_SUBSCRIPTION_TAKEN",
];

function isFinal(error: unknown): boolean {
  return finalCodes.includes((error as { readonly code?: unknown } | undefined)?.code);
}

// What is stored in one stream, as it is stored: the one consumer of this process for all its subscriptions and caches.
// Invariant: listeners are told without a gap; where something was lost on the way, it is followed again from there.
import type { Scheduler } from "@aether/actor";
import type { EventLog, LoggedCommit, ToldCommit } from "@aether/persistence";
import { EventGap } from "../errors.ts";
import { type Listened, Listeners } from "./listeners.ts";

export interface FeedListener {
  readonly listened: Listened;
  offer(commit: LoggedCommit): void;
  /** The stream ends before what was told. */
  setBack(last: number): void;
}

export interface FeedParts {
  readonly log: EventLog;
  readonly stream: number;
  readonly scheduler: Scheduler;
  readonly problem: (problem: Error) => void;
  /** Hears of every commit, before any listener. */
  readonly onStored: (commit: LoggedCommit) => void;
}

const againMs = 500;

export class Feed {
  readonly #parts: FeedParts;
  readonly #listeners = new Listeners<FeedListener>();
  #waiting: { readonly position: number; readonly resolve: () => void }[] = [];
  #last = 0;
  /** Counts how often it was followed: what an earlier one still tells is not heard. */
  #round = 0;
  #end: Promise<() => Promise<void>> = Promise.resolve(async () => {});
  #isClosed = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** The position of the last commit that was told. */
  get last(): number {
    return this.#last;
  }

  /** Resolves when what is stored from now on will be told. */
  async start(): Promise<void> {
    const { log, stream } = this.#parts;
    this.#last = (await log.bounds(stream)).last;
    await this.#follow();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#round++;
    for (const { resolve } of this.#waiting) resolve();
    const end = await this.#end.catch(() => async (): Promise<void> => {});
    await end();
  }

  join(listener: FeedListener): void {
    this.#listeners.add(listener.listened, listener);
  }

  leave(listener: FeedListener): void {
    this.#listeners.delete(listener.listened, listener);
  }

  /** Resolves once everything up to there was told, or nothing more will be. */
  reached(position: number): Promise<void> {
    if (this.#last >= position || this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.push({ position, resolve }));
  }

  #follow(): Promise<unknown> {
    const { log, stream } = this.#parts;
    const round = ++this.#round;
    this.#end = log.follow(stream, this.#last, {
      stored: (commit) => {
        if (round === this.#round) this.#onStored(commit);
      },
      setBack: (last) => {
        if (round === this.#round) this.#onSetBack(last);
      },
    });
    return this.#end;
  }

  #onStored(commit: ToldCommit): void {
    const { stream, problem } = this.#parts;
    const { position, previous, actor } = commit;
    if (position <= this.#last) return; // told again
    if (previous > this.#last) {
      problem(new EventGap(stream, this.#last, position));
      return this.#followAgain();
    }
    this.#last = position;
    this.#parts.onStored(commit);
    const listeners = this.#listeners.of(actor);
    if (listeners.length > 0) {
      const own = { actor, position, bytes: commit.bytes.slice() }; // not a view that keeps what else came with it
      for (const listener of listeners) listener.offer(own);
    }
    if (this.#waiting.length > 0) this.#wake();
  }

  #onSetBack(last: number): void {
    this.#last = Math.min(this.#last, last);
    for (const listener of this.#listeners.every()) listener.setBack(last);
    this.#wake();
  }

  #followAgain(): void {
    const before = this.#end;
    const round = ++this.#round;
    const again = async (): Promise<void> => {
      await (
        await before
      )();
      if (round === this.#round && !this.#isClosed) await this.#follow();
    };
    again().catch((error: unknown) => {
      this.#parts.problem(error as Error);
      this.#end = before;
      this.#parts.scheduler.after(againMs, () => {
        if (!this.#isClosed) this.#followAgain();
      });
    });
  }

  #wake(): void {
    const reached = this.#waiting.filter(({ position }) => position <= this.#last);
    this.#waiting = this.#waiting.filter(({ position }) => position > this.#last);
    for (const { resolve } of reached) resolve();
  }
}

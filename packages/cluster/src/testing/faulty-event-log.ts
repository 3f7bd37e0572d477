// A way from the store to an event bus that does to commits what a test says. What it loses is noticed after a while, as a
// server's count of deliveries shows it, and told again: an event log forgets nothing.
import { type Scheduler, systemScheduler } from "@aether/actor";
import type { ActorKey, EventLog, LogListener, ToldCommit } from "@aether/persistence";
import { InOrder } from "./in-order.ts";

/** One commit on its way. */
export interface TellCall {
  readonly operation: "tell";
  /** Counts the commits that were to be told, from 1. */
  readonly n: number;
  readonly actor: ActorKey;
}

export type TellFault =
  /** This one alone; it is told again a second later, or when the next one shows the gap. */
  | { readonly type: "lose" }
  | { readonly type: "duplicate" }
  /** Told only then, and what comes behind it, too. */
  | { readonly type: "wait"; readonly until: Promise<unknown> }
  | { readonly type: "delay"; readonly ms: number }
  /** This one and all behind it are lost, and the log does not answer, until so many milliseconds later. */
  | { readonly type: "disconnect"; readonly ms: number };

/** Decides for each commit; `undefined` lets it through. */
export type TellFaults = (call: TellCall) => TellFault | undefined;

export interface FaultyEventLogOptions {
  /** @default the system's */
  readonly scheduler?: Scheduler;
}

/** How long it takes to notice that the last commit was lost. */
const noticedMs = 1_000;
/** A log that does not answer is followed again so often. */
const againMs = 100;

/** The same log, whose commits meet the faults. */
export function faultyEventLog(log: EventLog, faults: TellFaults, options: FaultyEventLogOptions = {}): EventLog {
  const line = new Line(faults, options.scheduler ?? systemScheduler);
  return {
    streams: log.streams,
    streamOf: (actor) => log.streamOf(actor),
    bounds: async (stream) => line.up(() => log.bounds(stream)),
    before: async (stream, time) => line.up(() => log.before(stream, time)),
    async *read(...args: Parameters<EventLog["read"]>): ReturnType<EventLog["read"]> {
      for await (const page of line.up(() => log.read(...args))) yield line.up(() => page);
    },
    follow: async (stream, after, listener) => {
      const following = new Following({ log, line, stream, listener }, after);
      await line.up(() => following.begin());
      return () => following.end();
    },
  };
}

/** One connection. */
class Line {
  readonly scheduler: Scheduler;
  readonly #faults: TellFaults;
  #told = 0;
  #isDown = false;

  constructor(faults: TellFaults, scheduler: Scheduler) {
    this.#faults = faults;
    this.scheduler = scheduler;
  }

  up<T>(call: () => T): T {
    if (this.#isDown) throw new Error("the connection is away: injected");
    return call();
  }

  faultOf({ actor }: ToldCommit): TellFault | undefined {
    return this.#faults({ operation: "tell", n: ++this.#told, actor });
  }

  disconnect(ms: number): void {
    this.#isDown = true;
    this.scheduler.after(ms, () => (this.#isDown = false));
  }
}

interface FollowingParts {
  readonly log: EventLog;
  readonly line: Line;
  readonly stream: number;
  readonly listener: LogListener;
}

/** Tells one listener, over connections that break. */
class Following {
  readonly #parts: FollowingParts;
  readonly #way = new InOrder();
  /** The last that was told. */
  #last: number;
  /** What an earlier connection tells is not heard. */
  #round = 0;
  #isEnded = false;
  #stop: () => Promise<void> = async () => {};

  constructor(parts: FollowingParts, after: number) {
    this.#parts = parts;
    this.#last = after;
  }

  async begin(): Promise<void> {
    const { log, stream } = this.#parts;
    const round = ++this.#round;
    const isHeard = (): boolean => round === this.#round && !this.#isEnded;
    const stop = await log.follow(stream, this.#last, {
      stored: (commit) => {
        if (isHeard()) this.#meet(commit);
      },
      setBack: (last) => {
        if (isHeard()) this.#setBack(last);
      },
    });
    if (!isHeard()) return stop();
    this.#stop = stop;
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#stop();
  }

  #meet(commit: ToldCommit): void {
    const { line } = this.#parts;
    const fault = line.faultOf(commit);
    const tell = (): void => this.#tell(commit);
    const later = (ms: number): Promise<void> => new Promise((resolve) => void line.scheduler.after(ms, resolve));
    switch (fault?.type) {
      case undefined:
        return this.#way.pass(tell);
      case "lose":
        return this.#againAfter(noticedMs);
      case "duplicate":
        this.#way.pass(tell);
        return this.#way.pass(tell);
      case "wait":
        return this.#way.pass(tell, fault.until);
      case "delay":
        return this.#way.pass(tell, later(fault.ms));
      case "disconnect":
        line.disconnect(fault.ms);
        this.#round++; // deaf from now on
        this.#way.clear();
        return this.#againAfter(fault.ms);
    }
  }

  #tell(commit: ToldCommit): void {
    if (this.#isEnded) return;
    this.#parts.listener.stored(commit);
    if (commit.previous <= this.#last) this.#last = Math.max(this.#last, commit.position);
  }

  #setBack(last: number): void {
    this.#way.clear();
    this.#last = Math.min(this.#last, last);
    this.#parts.listener.setBack(last);
  }

  /** Follows anew from the last that was told. */
  #againAfter(ms: number): void {
    const { line } = this.#parts;
    line.scheduler.after(ms, () => {
      if (this.#isEnded) return;
      const again = async (): Promise<void> => {
        await this.#stop();
        await line.up(() => this.begin());
      };
      again().catch(() => this.#againAfter(againMs));
    });
  }
}

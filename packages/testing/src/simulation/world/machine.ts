// A simulated process: code that runs in its name has its clocks, and nothing of it runs while it is paused or after it is
// killed. What it leaves behind in memory is never touched again.
import type { Timeline } from "./timeline.ts";

/** Milliseconds since 1970 at the beginning of every simulation. */
export const epochMs = 1_767_225_600_000;

let running: Machine | undefined;

/** The process in whose name code runs now; `undefined` for the world around them. */
export function runningMachine(): Machine | undefined {
  return running;
}

export class Machine {
  readonly name: string;
  isKilled = false;
  isPaused = false;
  /** How far its wall clock is ahead. */
  wallAheadMs = 0;
  /** Of what another process takes a millisecond for, it counts so many. */
  readonly rate: number;
  readonly #timeline: Timeline;
  readonly #random: () => number;
  readonly #held: (() => void)[] = [];

  constructor(name: string, timeline: Timeline, random: () => number) {
    this.name = name;
    this.#timeline = timeline;
    this.#random = random;
    this.rate = 1 + (random() - 0.5) / 500;
    this.wallAheadMs = (random() - 0.5) * 2_000;
  }

  monotonic(): number {
    return this.#timeline.now * this.rate + 1_000;
  }

  wall(): number {
    return epochMs + this.#timeline.now + this.wallAheadMs;
  }

  /** A timer: never early, mostly a little late. */
  after(delayMs: number, task: () => void): () => void {
    const delay = Math.max(1, delayMs) / this.rate + this.#random() * 0.4;
    return this.at(delay, task);
  }

  /** Something comes to this process from outside after that time. */
  at(delayMs: number, task: () => void): () => void {
    let isOff = false;
    const run = (): void => {
      if (isOff || this.isKilled) return;
      if (this.isPaused) this.#held.push(run);
      else {
        // Promises that settle in it run in its name, too: the next event is somebody's again.
        enter(this);
        task();
      }
    };
    const cancel = this.#timeline.after(delayMs, run);
    return () => {
      isOff = true;
      cancel();
    };
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const run of this.#held.splice(0)) this.#timeline.after(0, run);
  }

  kill(): void {
    this.isKilled = true;
    this.#held.length = 0;
  }
}

function enter(machine: Machine): void {
  running = machine;
}

/** What runs next is nobody's. */
export function leaveMachine(): void {
  running = undefined;
}

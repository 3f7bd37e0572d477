// The one clock of a simulation and everything that is to happen, in order. Invariant: an event and all the promises that it
// settles run to their end before the next event begins, so that the order of events is the order of everything.
import { leaveMachine } from "./machine.ts";

/** Something that is to happen. */
export interface Moment {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Runs what is due in promises, as Node does between two callbacks of its event loop. */
const runMicrotasks = (process as unknown as { _tickCallback: () => void })["_tickCallback"];

export class Timeline {
  /** Milliseconds since the beginning. */
  now = 0;
  /** Events that have happened. */
  count = 0;
  readonly #heap: Moment[] = [];
  #made = 0;

  /** @returns what takes it back */
  after(delayMs: number, run: () => void): () => void {
    const moment: Moment = { at: this.now + Math.max(0, delayMs), order: this.#made++, run };
    this.#push(moment);
    return () => {
      moment.run = undefined;
    };
  }

  /** Lets the next event happen. False when there is none before this time. */
  step(until: number): boolean {
    const next = this.#pop(until);
    if (next === undefined) {
      this.now = Math.max(this.now, until);
      return false;
    }
    if (next.run === undefined) return true;
    this.now = next.at;
    this.count++;
    const { run } = next;
    next.run = undefined;
    leaveMachine();
    run();
    runMicrotasks();
    return true;
  }

  #push(moment: Moment): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(moment);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Moment;
      if (!isBefore(moment, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = moment;
  }

  #pop(until: number): Moment | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > until) return undefined;
    const last = heap.pop() as Moment;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(moment: Moment): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      if (left === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, left)) below++;
      const child = heap[below] as Moment;
      if (!isBefore(child, moment)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = moment;
  }
}

function isBefore(a: Moment, b: Moment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

// When code runs, as the kernel reads it: a port. The one real adapter is at the end.

export type Cancel = () => void;

export interface Scheduler {
  /** Runs before control returns to the event loop. */
  microtask(task: () => void): void;
  /** Runs after the event loop had a chance to do I/O. */
  yield(task: () => void): void;
  /** Runs once, at least `delayMs` later; keeps the process alive until then. */
  after(delayMs: number, task: () => void): Cancel;
  /** Runs again and again, without keeping the process alive. */
  every(periodMs: number, task: () => void): Cancel;
}

const settled = Promise.resolve();

export const systemScheduler: Scheduler = {
  // What Node makes of `queueMicrotask` (an async resource for each) costs three times as much.
  microtask: (task) => void settled.then(task),
  yield: (task) => void setImmediate(task),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, task) {
    const timer = setInterval(task, periodMs).unref();
    return () => clearInterval(timer);
  },
};

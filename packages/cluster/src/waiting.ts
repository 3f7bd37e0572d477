// Waiting that ends, by the system's own scheduler.
import type { Scheduler } from "@aether/actor";

/** As the promise, or rejected after so many milliseconds. */
export function within<T>(scheduler: Scheduler, withinMs: number, promise: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = scheduler.after(withinMs, () => reject(late()));
    promise.then(resolve, reject).finally(cancel);
  });
}

/** Settles with the promise, at the latest after so many milliseconds. */
export function atMost(scheduler: Scheduler, withinMs: number, done: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = scheduler.after(withinMs, resolve);
    void done.then(() => {
      cancel();
      resolve();
    });
  });
}

export function pause(scheduler: Scheduler, delayMs: number): Promise<void> {
  return new Promise((resolve) => void scheduler.after(delayMs, resolve));
}

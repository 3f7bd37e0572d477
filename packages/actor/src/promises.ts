// Telling promises from values, and waiting for them no longer than agreed.
import type { Scheduler } from "./scheduler.ts";

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** Settles as the promise does, or rejects with `late()` when it takes longer. */
export function within<T>(
  scheduler: Scheduler,
  timeoutMs: number,
  promise: PromiseLike<T>,
  late: () => Error,
): Promise<T> {
  if (timeoutMs === Number.POSITIVE_INFINITY) return Promise.resolve(promise);
  return new Promise((resolve, reject) => {
    const cancel = scheduler.after(timeoutMs, () => reject(late()));
    promise.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

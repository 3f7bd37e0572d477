// A wait that ends early when it is no longer needed.
import type { Scheduler } from "@aether/actor";

export function pause(scheduler: Scheduler, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = scheduler.after(delayMs, end);
    signal.addEventListener("abort", end);
  });
}

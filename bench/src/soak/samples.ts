// What the soak watches from the side: memory once a second, and how late the event loop is.
import { monitorEventLoopDelay } from "node:perf_hooks";

const everyMs = 1_000;
const resolutionMs = 1;
const settlingShare = 0.2;

export interface Samples {
  stop(): void;
  /** Megabytes of resident memory, without the first fifth of the samples. */
  rss(): readonly number[];
  /** Milliseconds; how much later than asked the event loop came back. */
  delay(percentile: number): number;
}

export function startSampling(): Samples {
  const rss: number[] = [];
  const timer = setInterval(() => rss.push(process.memoryUsage.rss() / 2 ** 20), everyMs);
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  return {
    stop: () => {
      clearInterval(timer);
      histogram.disable();
    },
    rss: () => rss.slice(Math.floor(rss.length * settlingShare)),
    // The histogram holds the time between two looks, of which the resolution is no delay.
    delay: (percentile) => Math.max(0, histogram.percentile(percentile) / 1e6 - resolutionMs),
  };
}

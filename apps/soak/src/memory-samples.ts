// How the memory of nodes grows: samples for as long as a process lives, and the slope through those of the longest-lived.
import type { Child } from "./child.ts";
import { machineNow } from "./history.ts";

const everyMs = 2_000;
const leastMs = 60_000;
/** The heap finds its size at first. */
const warmUpMs = 20_000;

type Sample = readonly [at: number, bytes: number];

export class MemorySamples {
  readonly #samples = new Map<Child, Sample[]>();
  readonly #timer: NodeJS.Timeout;

  constructor(children: () => readonly Child[]) {
    this.#timer = setInterval(() => {
      for (const child of children()) {
        const bytes = child.memory();
        if (bytes === undefined) continue;
        const known = this.#samples.get(child);
        if (known === undefined) this.#samples.set(child, [[machineNow(), bytes]]);
        else known.push([machineNow(), bytes]);
      }
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Bytes an hour, by least squares. */
  slope(): number | undefined {
    const longest = [...this.#samples.values()].toSorted((a, b) => spanOf(b) - spanOf(a))[0] ?? [];
    const first = longest[0]?.[0] ?? 0;
    const settled = longest.filter(([at]) => at - first >= warmUpMs);
    if (spanOf(longest) < leastMs || settled.length < 3) return undefined;
    const meanAt = settled.reduce((sum, [at]) => sum + at, 0) / settled.length;
    const meanBytes = settled.reduce((sum, [, bytes]) => sum + bytes, 0) / settled.length;
    const covariance = settled.reduce((sum, [at, bytes]) => sum + (at - meanAt) * (bytes - meanBytes), 0);
    const variance = settled.reduce((sum, [at]) => sum + (at - meanAt) ** 2, 0);
    return (covariance / variance) * 3_600_000;
  }
}

function spanOf(samples: readonly Sample[]): number {
  return (samples.at(-1)?.[0] ?? 0) - (samples[0]?.[0] ?? 0);
}

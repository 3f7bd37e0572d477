// How the memory of processes grows: samples for as long as a process lives, and the line through those of a life.
import { machineNow } from "./history.ts";

const everyMs = 2_000;
const leastMs = 60_000;
/** The heap finds its size at first, and commands with ids are remembered for ten minutes. */
const warmUpShare = 0.25;
const warmUpMs = 660_000;
const mebibyte = 2 ** 20;

type Sample = readonly [at: number, bytes: number];

export interface Growth {
  readonly process: string;
  readonly minutes: number;
  readonly mebibytes: number;
  readonly mebibytesPerHour: number;
  /** By the line, from the first sample that counts to the last. */
  readonly grownMebibytes: number;
  /** Whether what is remembered for a while had its time. */
  readonly isSettled: boolean;
}

/** A process as it is now: another object for each life. */
export interface Sampled {
  readonly name: string;
  memory(): number | undefined;
}

export class MemorySamples {
  readonly #samples = new Map<Sampled, Sample[]>();
  readonly #timer: NodeJS.Timeout;

  constructor(processes: () => readonly Sampled[]) {
    this.#timer = setInterval(() => {
      for (const one of processes()) {
        const bytes = one.memory();
        if (bytes === undefined) continue;
        const known = this.#samples.get(one);
        if (known === undefined) this.#samples.set(one, [[machineNow(), bytes]]);
        else known.push([machineNow(), bytes]);
      }
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Of each name the longest life, if it was a minute at least. */
  growths(): Growth[] {
    const longest = new Map<string, Sample[]>();
    for (const [{ name }, samples] of this.#samples) {
      if (spanOf(samples) > Math.max(leastMs, spanOf(longest.get(name) ?? []))) longest.set(name, samples);
    }
    return [...longest].map(([process, samples]) => growthOf(process, samples));
  }
}

/** By least squares. */
export function growthOf(process: string, samples: readonly Sample[]): Growth {
  const span = spanOf(samples);
  const isSettled = span * (1 - warmUpShare) > warmUpMs;
  const from = (samples[0]?.[0] ?? 0) + (isSettled ? Math.max(warmUpMs, span * warmUpShare) : span * warmUpShare);
  const settled = samples.filter(([at]) => at >= from);
  const meanAt = settled.reduce((sum, [at]) => sum + at, 0) / settled.length;
  const meanBytes = settled.reduce((sum, [, bytes]) => sum + bytes, 0) / settled.length;
  const covariance = settled.reduce((sum, [at, bytes]) => sum + (at - meanAt) * (bytes - meanBytes), 0);
  const variance = settled.reduce((sum, [at]) => sum + (at - meanAt) ** 2, 0);
  const perMs = variance === 0 ? 0 : covariance / variance / mebibyte;
  return {
    process,
    minutes: span / 60_000,
    mebibytes: (samples.at(-1)?.[1] ?? 0) / mebibyte,
    mebibytesPerHour: perMs * 3_600_000,
    grownMebibytes: perMs * spanOf(settled),
    isSettled,
  };
}

function spanOf(samples: readonly Sample[]): number {
  return (samples.at(-1)?.[0] ?? 0) - (samples[0]?.[0] ?? 0);
}

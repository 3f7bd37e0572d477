// When a snapshot is due: a function of what happened since the last one, never of a process-wide counter.

/** What happened since the newest snapshot of this actor (since its first event, if there is none). */
export interface SinceSnapshot {
  readonly events: number;
  /** Encoded size of those events. */
  readonly bytes: number;
  readonly ageMs: number;
  /** What replaying those events would take, estimated from replays and folds in this process. */
  readonly replayMs: number;
  /** The actor's version now, and the snapshot's (0: there is none). */
  readonly version: number;
  readonly snapshotVersion: number;
}

/** Asked at the end of each turn that made events. */
export type SnapshotPolicy = (since: SinceSnapshot) => boolean;

/** Due once `n` events have come since the last snapshot. @throws RangeError unless n is a whole number from 1 */
export function everyNEvents(n: number): SnapshotPolicy {
  checkCount("everyNEvents", "n", n);
  return (since) => since.events >= n;
}

/** Due when the version crosses a multiple of `multiple`. @throws RangeError unless it is a whole number from 1 */
export function atVersions(multiple: number): SnapshotPolicy {
  checkCount("atVersions", "multiple", multiple);
  return (since) => crosses(since, multiple);
}

/** Never due: every recovery replays the whole history. */
export const noSnapshots: SnapshotPolicy = () => false;

export interface HybridOptions {
  /** Below this many events nothing else counts. @default 50 */
  readonly minEvents?: number;
  /** At this many events a snapshot is due whatever else holds. @default 1,000 */
  readonly maxEvents?: number;
  /** Due when the version crosses a multiple of this. @default off */
  readonly versions?: number;
  /** Due at this many bytes of events. @default 1,000,000 */
  readonly maxBytes?: number;
  /** Due at this age of the last snapshot, in milliseconds. @default off */
  readonly maxAgeMs?: number;
  /** Due when replay would take this many milliseconds. @default 5 */
  readonly maxReplayMs?: number;
}

const hybridDefaults = Object.freeze({ minEvents: 50, maxEvents: 1_000, maxBytes: 1_000_000, maxReplayMs: 5 });

/** Several triggers between two bounds: the minimum holds them back, the maximum forces. @throws RangeError naming the option */
export function hybrid(options: HybridOptions = {}): SnapshotPolicy {
  const { minEvents, maxEvents, maxBytes, maxReplayMs, versions, maxAgeMs } = { ...hybridDefaults, ...options };
  checkCount("hybrid", "minEvents", minEvents);
  checkCount("hybrid", "maxEvents", maxEvents);
  if (minEvents > maxEvents)
    throw new RangeError(`hybrid: minEvents (${minEvents}) is above maxEvents (${maxEvents}).`);
  if (versions !== undefined) checkCount("hybrid", "versions", versions);
  return (since) => {
    if (since.events >= maxEvents) return true;
    if (since.events < minEvents) return false;
    return (
      since.bytes >= maxBytes ||
      since.replayMs >= maxReplayMs ||
      (versions !== undefined && crosses(since, versions)) ||
      (maxAgeMs !== undefined && since.ageMs >= maxAgeMs)
    );
  };
}

/** What a class without `static snapshots` gets. */
export const defaultPolicy: SnapshotPolicy = hybrid();

function crosses(since: SinceSnapshot, multiple: number): boolean {
  return Math.floor(since.version / multiple) > Math.floor(since.snapshotVersion / multiple);
}

function checkCount(policy: string, option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${policy}: ${option} is ${value}; use a whole number from 1.`);
  }
}

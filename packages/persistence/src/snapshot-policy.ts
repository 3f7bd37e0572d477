// When a snapshot is due: a function of what happened since the last one, never of a process-wide counter. A policy says
// what speaks for a snapshot; the runtime owns the bounds around it.
import { shown } from "@aether/actor";
import { fnvOffset, fnvStep } from "./fnv.ts";

/** What happened since the newest snapshot of this actor (since its first event, if there is none). */
export interface SinceSnapshot {
  readonly events: number;
  /** Encoded size of those events. */
  readonly bytes: number;
  readonly ageMs: number;
  /** What replaying those events would take, estimated from replays of this type in this process. */
  readonly replayMs: number;
  /** The actor's version now, and the snapshot's (0: there is none). */
  readonly version: number;
  readonly snapshotVersion: number;
  /** From 0 to 1, fixed for each id: how much sooner than others this actor is to reach an interval. @default 0 */
  readonly spread?: number;
}

/** What spoke for a snapshot. `own`: a policy that says no more than `true`. */
export type SnapshotTrigger = "interval" | "version" | "bytes" | "age" | "replay" | "own";

/** Why a snapshot was made: a trigger of the policy, or one of the runtime's own reasons. */
export type SnapshotReason = SnapshotTrigger | "maximum" | "schema" | "passivation";

export interface SnapshotBounds {
  /** Below this many events nothing that the policy says counts. From it on, leaving memory is worth a snapshot. @default none */
  readonly minEvents?: number;
  /** At this many events a snapshot is due even if the policy said nothing; up to a tenth sooner, by id. @default none */
  readonly maxEvents?: number;
}

/** Asked at the end of each turn that made events, and of recovery. Your own: `(since) => boolean`. */
export interface SnapshotPolicy extends SnapshotBounds {
  (since: SinceSnapshot): boolean | SnapshotTrigger;
}

/**
 * Due once `n` events have come since the last snapshot. Each id has an interval of its own, up to a tenth shorter (above
 * n = 10), so that actors that started together do not save together. @throws RangeError unless n is a whole number from 1
 */
export function everyNEvents(n: number): SnapshotPolicy {
  checkCount("everyNEvents", "n", n);
  return (since) => since.events >= sooner(n, since) && "interval";
}

/** Due when the version crosses a multiple of `multiple`. @throws RangeError unless it is a whole number from 1 */
export function atVersions(multiple: number): SnapshotPolicy {
  checkCount("atVersions", "multiple", multiple);
  return (since) => crosses(since, multiple) && "version";
}

/** Never due: every recovery replays the whole history, and the state need not be storable. */
export const noSnapshots: SnapshotPolicy = () => false;

/** Puts bounds around a policy of your own. @throws RangeError naming the bound */
export function bounded(policy: SnapshotPolicy, bounds: SnapshotBounds): SnapshotPolicy {
  return Object.assign((since: SinceSnapshot) => policy(since), checkBounds("bounded", bounds));
}

export interface HybridOptions extends SnapshotBounds {
  /** Below this many events nothing else counts. @default 50, or `maxEvents` if that is less */
  readonly minEvents?: number;
  /** At this many events a snapshot is due whatever else holds. @default 1,000, or `minEvents` if that is more */
  readonly maxEvents?: number;
  /** Due when the version crosses a multiple of this. @default off */
  readonly versions?: number;
  /** Due at this many bytes of events. @default 1,000,000 */
  readonly maxBytes?: number;
  /** Due at this age of the last snapshot, in milliseconds; looked at when a turn has made events. @default off */
  readonly maxAgeMs?: number;
  /** Due when replay would take this many milliseconds. @default 5 */
  readonly maxReplayMs?: number;
}

const hybridDefaults = Object.freeze({ minEvents: 50, maxEvents: 1_000, maxBytes: 1_000_000, maxReplayMs: 5 });

/** Several triggers between two bounds: the minimum holds them back, the maximum forces. @throws RangeError naming the option */
export function hybrid(options: HybridOptions = {}): SnapshotPolicy {
  const { maxBytes, maxReplayMs, versions, maxAgeMs } = { ...hybridDefaults, ...options };
  const minEvents = options.minEvents ?? Math.min(hybridDefaults.minEvents, options.maxEvents ?? Infinity);
  const maxEvents = options.maxEvents ?? Math.max(hybridDefaults.maxEvents, minEvents);
  if (versions !== undefined) checkCount("hybrid", "versions", versions);
  for (const [name, value] of Object.entries({ maxBytes, maxReplayMs, maxAgeMs })) {
    if (value !== undefined && !(value > 0))
      throw new RangeError(`hybrid: ${name} is ${shown(value)}; use a number above 0.`);
  }
  const speaks = (since: SinceSnapshot): false | SnapshotTrigger => {
    if (versions !== undefined && crosses(since, versions)) return "version";
    if (since.bytes >= maxBytes) return "bytes";
    if (since.replayMs >= maxReplayMs) return "replay";
    return maxAgeMs !== undefined && since.ageMs >= sooner(maxAgeMs, since) && "age";
  };
  return Object.assign(speaks, checkBounds("hybrid", { minEvents, maxEvents }));
}

/** What a class without `static snapshots` gets. */
export const defaultPolicy: SnapshotPolicy = hybrid();

const triggers: ReadonlySet<unknown> = new Set<SnapshotTrigger>([
  "interval",
  "version",
  "bytes",
  "age",
  "replay",
  "own",
]);

/**
 * What comes of it: a reason to make a snapshot now; that the minimum held one back; or nothing.
 * @throws TypeError when the policy gave something else than it may, such as the promise of an async one
 */
export function decide(policy: SnapshotPolicy, since: SinceSnapshot): SnapshotReason | "held-back" | undefined {
  const { minEvents = 1, maxEvents = Number.POSITIVE_INFINITY } = policy;
  if (since.events === 0) return undefined;
  const spoken: unknown = policy(since);
  const trigger = spoken === true ? "own" : spoken;
  if (triggers.has(trigger)) return since.events < minEvents ? "held-back" : (trigger as SnapshotTrigger);
  if (spoken !== false && spoken !== undefined) {
    const given = typeof spoken === "object" && spoken !== null ? "an object or a promise" : JSON.stringify(spoken);
    throw new TypeError(
      `The snapshot policy gave ${given}; it must give true, false or one of ${[...triggers].join(", ")}.`,
    );
  }
  return since.events >= Math.max(minEvents, sooner(maxEvents, since)) ? "maximum" : undefined;
}

/** Whether an actor that leaves memory is worth a snapshot: its policy has a minimum, and it is reached. */
export function isWorthLeaving({ minEvents }: SnapshotPolicy, events: number): boolean {
  return minEvents !== undefined && events >= minEvents;
}

/** The place of an id in the fleet, from 0 to 1: the same in every process, and evenly spread (FNV-1a). */
export function spreadOf(id: string): number {
  let hash = fnvOffset;
  for (let i = 0; i < id.length; i++) hash = fnvStep(hash, id.charCodeAt(i));
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** Up to a tenth less, in whole numbers. */
function sooner(interval: number, { spread = 0 }: SinceSnapshot): number {
  return interval === Number.POSITIVE_INFINITY ? interval : interval - Math.floor((interval / 10) * spread);
}

function crosses(since: SinceSnapshot, multiple: number): boolean {
  return Math.floor(since.version / multiple) > Math.floor(since.snapshotVersion / multiple);
}

function checkBounds(policy: string, bounds: SnapshotBounds): SnapshotBounds {
  const { minEvents, maxEvents } = bounds;
  if (minEvents !== undefined) checkCount(policy, "minEvents", minEvents);
  if (maxEvents !== undefined) checkCount(policy, "maxEvents", maxEvents);
  if (minEvents !== undefined && maxEvents !== undefined && minEvents > maxEvents)
    throw new RangeError(`${policy}: minEvents (${minEvents}) is above maxEvents (${maxEvents}).`);
  return { ...(minEvents !== undefined && { minEvents }), ...(maxEvents !== undefined && { maxEvents }) };
}

function checkCount(policy: string, option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${policy}: ${option} is ${shown(value)}; use a whole number from 1.`);
  }
}

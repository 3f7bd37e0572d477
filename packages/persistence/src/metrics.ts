// What persistence does in this process, counted per actor type. Read it through `system.use(persistence).metrics()`.
import type { SnapshotReason } from "./snapshot-policy.ts";

export interface PersistenceMetrics {
  readonly commits: number;
  readonly events: number;
  /** Tries of a commit beyond the first, after an unknown outcome. */
  readonly repeatedAppends: number;
  readonly conflicts: number;
  readonly rejections: number;
  /** Commands that were recognised as done before. */
  readonly repeatedCommands: number;
  readonly snapshots: SnapshotMetrics;
  readonly recovery: RecoveryMetrics;
  readonly retention: RetentionMetrics;
}

export interface SnapshotMetrics {
  readonly saved: number;
  /** Given up: five tries failed, the state cannot be stored, or it is too large. */
  readonly failed: number;
  /** Of those that failed: larger than the store takes. */
  readonly tooLarge: number;
  /**
   * `busy`: due while one was being saved. `outdated`: somebody has saved a newer one. `heldBack`: a trigger spoke below the
   * policy's minimum.
   */
  readonly skipped: { readonly busy: number; readonly outdated: number; readonly heldBack: number };
  /** Snapshots captured, by what made them due. */
  readonly reasons: Readonly<Record<SnapshotReason, number>>;
  /** Of the saved ones, together; `saveMs` too. */
  readonly bytes: number;
  readonly saveMs: number;
  readonly recoveries: number;
  /** Recoveries that began with a snapshot. */
  readonly withSnapshot: number;
  /** Snapshots that were read and passed over. */
  readonly unusable: number;
  readonly eventsReplayed: number;
  /** Events replayed per recovery. */
  readonly averageReplay: number;
  /** Recoveries by how many events they replayed. */
  readonly replaySizes: Readonly<Record<ReplaySize, number>>;
  /** Time spent folding in recoveries, and loading snapshots in them. */
  readonly replayMs: number;
  readonly loadMs: number;
  /** Events since their last snapshot, of the actor in memory that has most, and on average of those that left memory. */
  readonly maxEventsSince: number;
  readonly averageEventsAtPassivation: number;
  /** Of the oldest last snapshot of an actor in memory; 0 if none of them has one. */
  readonly maxAgeMs: number;
}

export type ReplaySize = "0" | "1-9" | "10-99" | "100-999" | "1000-9999" | "10000+";

/** How long a recovery spent on what; head and snapshot are read at the same time. */
export interface RecoveryStages {
  /** Waiting for one of the permits. */
  permitMs: number;
  snapshotMs: number;
  headMs: number;
  /** Reading events, without folding them. */
  readMs: number;
  /** Folding them, and decoding the commits that they are in. */
  foldMs: number;
  /** The empty commit that refuses a former writer. */
  takeOverMs: number;
}

export interface RecoveryMetrics {
  /** At this moment: for a permit, and with one. */
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
  /** Tries beyond the first, after the store had thrown. */
  readonly retried: number;
  /** Recoveries that had a snapshot and could use none: the whole history was replayed. Anything above 0 needs a look. */
  readonly fullReplays: number;
  /** The stages of all recoveries together, and `onStart` of those that have one. */
  readonly stages: Readonly<RecoveryStages & { startMs: number }>;
}

export interface RetentionMetrics {
  /** Times that events covered by a kept snapshot were deleted. */
  readonly truncations: number;
  readonly failed: number;
}

/** An actor in memory, as metrics look at it. */
export interface SnapshotAge {
  readonly eventsSince: number;
  /** Wall clock; `undefined` when it has no snapshot. */
  readonly snapshotTime: number | undefined;
}

const noReasons: Readonly<Record<SnapshotReason, number>> = Object.freeze({
  interval: 0,
  version: 0,
  bytes: 0,
  age: 0,
  replay: 0,
  own: 0,
  maximum: 0,
  schema: 0,
  passivation: 0,
});
const noSizes: Readonly<Record<ReplaySize, number>> = Object.freeze({
  "0": 0,
  "1-9": 0,
  "10-99": 0,
  "100-999": 0,
  "1000-9999": 0,
  "10000+": 0,
});

export function noStages(): RecoveryStages {
  return { permitMs: 0, snapshotMs: 0, headMs: 0, readMs: 0, foldMs: 0, takeOverMs: 0 };
}

/** Of one actor type. */
export class MetricsCounter {
  commits = 0;
  events = 0;
  repeatedAppends = 0;
  conflicts = 0;
  rejections = 0;
  repeatedCommands = 0;
  saved = 0;
  failed = 0;
  tooLarge = 0;
  busy = 0;
  outdated = 0;
  heldBack = 0;
  bytes = 0;
  saveMs = 0;
  recoveries = 0;
  withSnapshot = 0;
  unusable = 0;
  eventsReplayed = 0;
  replayMs = 0;
  waiting = 0;
  active = 0;
  recoveriesFailed = 0;
  recoveriesRetried = 0;
  fullReplays = 0;
  startMs = 0;
  passivations = 0;
  eventsAtPassivation = 0;
  truncations = 0;
  truncationsFailed = 0;
  readonly stages: RecoveryStages = noStages();
  readonly reasons: Record<SnapshotReason, number> = { ...noReasons };
  readonly replaySizes: Record<ReplaySize, number> = { ...noSizes };
  /** The actors in memory. */
  readonly residents: Set<SnapshotAge> = new Set();

  /** Milliseconds to replay one event, as measured here so far; 0.005 before the first measurement. */
  get replayMsPerEvent(): number {
    return this.eventsReplayed === 0 ? 0.005 : this.replayMs / this.eventsReplayed;
  }

  recovered(events: number, stages: RecoveryStages): void {
    this.recoveries++;
    this.eventsReplayed += events;
    this.replaySizes[sizeOf(events)]++;
    add(this.stages, stages);
  }
}

function sizeOf(events: number): ReplaySize {
  if (events < 10) return events === 0 ? "0" : "1-9";
  if (events < 1_000) return events < 100 ? "10-99" : "100-999";
  return events < 10_000 ? "1000-9999" : "10000+";
}

/** @param now wall clock */
export function readMetrics(counters: Iterable<MetricsCounter>, now: number): PersistenceMetrics {
  const sum = new MetricsCounter();
  for (const counter of counters) {
    add(sum, counter);
    for (const resident of counter.residents) sum.residents.add(resident);
  }
  const { commits, events, repeatedAppends, conflicts, rejections, repeatedCommands } = sum;
  const { waiting, active, recoveriesFailed: failed, recoveriesRetried: retried, fullReplays } = sum;
  return {
    commits,
    events,
    repeatedAppends,
    conflicts,
    rejections,
    repeatedCommands,
    snapshots: readSnapshots(sum, now),
    recovery: { waiting, active, failed, retried, fullReplays, stages: { ...sum.stages, startMs: sum.startMs } },
    retention: { truncations: sum.truncations, failed: sum.truncationsFailed },
  };
}

function readSnapshots(sum: MetricsCounter, now: number): SnapshotMetrics {
  const { saved, failed, tooLarge, busy, outdated, heldBack, reasons, bytes, saveMs } = sum;
  const { recoveries, withSnapshot, unusable, eventsReplayed, replaySizes, replayMs, stages } = sum;
  let maxEventsSince = 0;
  let oldest = now;
  for (const { eventsSince, snapshotTime = now } of sum.residents) {
    maxEventsSince = Math.max(maxEventsSince, eventsSince);
    oldest = Math.min(oldest, snapshotTime);
  }
  return {
    saved,
    failed,
    tooLarge,
    skipped: { busy, outdated, heldBack },
    reasons,
    bytes,
    saveMs,
    recoveries,
    withSnapshot,
    unusable,
    eventsReplayed,
    averageReplay: average(eventsReplayed, recoveries),
    replaySizes,
    replayMs,
    loadMs: stages.snapshotMs,
    maxEventsSince,
    averageEventsAtPassivation: average(sum.eventsAtPassivation, sum.passivations),
    maxAgeMs: now - oldest,
  };
}

function average(total: number, count: number): number {
  return count === 0 ? 0 : total / count;
}

/** Adds up the numbers in two objects of one shape, nested ones too. */
function add(target: object, source: object): void {
  const [into, from] = [target, source] as Record<string, unknown>[];
  if (into === undefined || from === undefined) return;
  for (const [name, value] of Object.entries(from)) {
    const before = into[name];
    if (typeof value === "number" && typeof before === "number") into[name] = before + value;
    else if (typeof value === "object" && typeof before === "object") add(before as object, value as object);
  }
}

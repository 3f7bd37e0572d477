// What persistence does in this process, counted. Read it through `system.use(persistence).metrics()`.

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
}

export interface SnapshotMetrics {
  readonly saved: number;
  readonly failed: number;
  readonly skipped: { readonly busy: number; readonly outdated: number };
  readonly bytes: number;
  readonly saveMs: number;
  readonly recoveries: number;
  /** Recoveries that began with a snapshot. */
  readonly withSnapshot: number;
  readonly unusable: number;
  readonly eventsReplayed: number;
  /** Events replayed per recovery. */
  readonly averageReplay: number;
  readonly replayMs: number;
  readonly loadMs: number;
}

export class MetricsCounter {
  commits = 0;
  events = 0;
  repeatedAppends = 0;
  conflicts = 0;
  rejections = 0;
  repeatedCommands = 0;
  saved = 0;
  failed = 0;
  busy = 0;
  outdated = 0;
  bytes = 0;
  saveMs = 0;
  recoveries = 0;
  withSnapshot = 0;
  unusable = 0;
  eventsReplayed = 0;
  replayMs = 0;
  loadMs = 0;

  /** Milliseconds to replay one event, as measured here so far; 0.005 before the first measurement. */
  get replayMsPerEvent(): number {
    return this.eventsReplayed === 0 ? 0.005 : this.replayMs / this.eventsReplayed;
  }

  read(): PersistenceMetrics {
    const { commits, events, repeatedAppends, conflicts, rejections, repeatedCommands } = this;
    const { saved, failed, busy, outdated, bytes, saveMs, recoveries, withSnapshot, unusable } = this;
    const { eventsReplayed, replayMs, loadMs } = this;
    const averageReplay = recoveries === 0 ? 0 : eventsReplayed / recoveries;
    const snapshots = { saved, failed, skipped: { busy, outdated }, bytes, saveMs, recoveries, withSnapshot, unusable };
    return {
      commits,
      events,
      repeatedAppends,
      conflicts,
      rejections,
      repeatedCommands,
      snapshots: { ...snapshots, eventsReplayed, averageReplay, replayMs, loadMs },
    };
  }
}

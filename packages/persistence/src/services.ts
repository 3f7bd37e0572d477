// What the actors of one type in one system share in this package; all but the metrics is the system's.
import type { Clock, Random, Scheduler, SystemEvents } from "@aether/actor";
import type { Background } from "./background.ts";
import type { CommitStamp } from "./commit-stamp.ts";
import type { SnapshotCompression } from "./compression.ts";
import type { OpenStores } from "./contracts/backend.ts";
import type { MetricsCounter } from "./metrics.ts";
import type { Permits } from "./permits.ts";
import type { Writers } from "./ports.ts";
import type { CommandHorizon } from "./named-commands.ts";

export interface Services {
  readonly stores: OpenStores;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly events: SystemEvents;
  readonly metrics: MetricsCounter;
  readonly writers: Writers;
  readonly stamp: CommitStamp;
  readonly recoveries: Permits;
  readonly background: Background;
  readonly limits: Limits;
  readonly freezeEvents: boolean;
  readonly compressSnapshots: SnapshotCompression | false;
  /** Whether the initial state of each class is encoded once, at its first activation. */
  readonly checkInitialState: boolean;
}

export interface Limits {
  readonly recoverWithinMs: number;
  readonly permitWithinMs: number;
  /** Ended turns, and their bytes, that may wait for the store before the mailbox pauses. */
  readonly maxWaitingTurns: number;
  readonly maxWaitingBytes: number;
  readonly commandHorizon: CommandHorizon;
}

/** So long everybody stands still at most who waits for a store that is there again, such as after an election. */
const longestBackoffMs = 300;

/** Waits before the next try: 20 ms, doubling up to {@link longestBackoffMs}, each between half and all of it. */
export function backoff(services: Services, attempt: number): Promise<void> {
  const longest = Math.min(longestBackoffMs, 20 * 2 ** Math.min(attempt, 10));
  const delayMs = longest * (0.5 + services.random.next() / 2);
  return new Promise((resolve) => void services.scheduler.after(delayMs, resolve));
}

// From the store to a live state: a permit, then the newest usable snapshot and the commits behind it, then, where another
// writer may still be alive, an empty commit of our own. This file keeps the time: tries, deadlines, stages, reports.
import { AetherError } from "@aether/actor";
import type { Birth } from "./commit-format.ts";
import type { Token } from "./contracts/event-store.ts";
import { ActorDeleted, RecoveryTimeout } from "./errors.ts";
import { noStages, type RecoveryStages } from "./metrics.ts";
import { NoPermit, type PermitHolder } from "./permits.ts";
import { catchUp, HistorySetBack, type Progress, type Recovery } from "./replaying.ts";
import { backoff } from "./services.ts";
import type { KnownSnapshot } from "./snapshotter.ts";

export interface Recovered {
  readonly version: number;
  readonly token: Token;
  readonly base: string | undefined;
  readonly born: Birth | undefined;
  readonly snapshot: KnownSnapshot | undefined;
  readonly bytesReplayed: number;
}

/** Retries what may pass, until its time is up. Answers `undefined` when the incarnation ended meanwhile. */
export async function recover(recovery: Recovery): Promise<Recovered | undefined> {
  const { clock, metrics, events } = recovery.services;
  const asked = clock.now();
  const progress = begin();
  try {
    await untilRecovered(recovery, progress);
  } catch (error) {
    if (!recovery.isOver()) {
      metrics.recoveriesFailed++;
      events.publish({ type: "recovery-failed", address: recovery.name, error, stages: progress.stages });
    }
    throw error;
  }
  if (recovery.isOver()) return undefined;
  report(recovery, progress, clock.now() - asked);
  const { version, token, base, born, snapshot, bytes } = progress;
  return { version, token, base, born, snapshot, bytesReplayed: bytes };
}

function begin(): Progress {
  return {
    version: 0,
    token: 0,
    base: undefined,
    born: undefined,
    snapshot: undefined,
    restoring: undefined,
    foreign: new Set(),
    events: 0,
    bytes: 0,
    hasBegun: false,
    isTouched: false,
    hasLookedAgain: false,
    isFullReplay: false,
    stages: noStages(),
  };
}

async function untilRecovered(recovery: Recovery, progress: Progress): Promise<void> {
  const { services, name } = recovery;
  const { clock, metrics, recoveries } = services;
  const { recoverWithinMs } = services.limits;
  let deadline: number | undefined;
  for (let attempt = 1; ; attempt++) {
    const permit = await permitFor(recovery, progress);
    metrics.active++;
    try {
      if (recovery.isOver()) return;
      deadline ??= clock.now() + recoverWithinMs; // the wait for the first permit has a time of its own
      return await inTime(recovery, deadline, catchUp(recovery, progress));
    } catch (error) {
      if (error instanceof HistorySetBack) return recovery.cell.fenced("the store was set back while it recovered");
      if (!mayPass(error)) throw error;
      if (deadline === undefined || clock.now() >= deadline) throw new RecoveryTimeout(name, recoverWithinMs, error);
      metrics.recoveriesRetried++;
      services.events.publish({ type: "recovery-retried", address: name, error });
    } finally {
      metrics.active--;
      recoveries.release(permit);
    }
    await backoff(services, attempt);
  }
}

async function permitFor({ services, name }: Recovery, { stages }: Progress): Promise<PermitHolder> {
  const { metrics, clock, recoveries } = services;
  const { permitWithinMs } = services.limits;
  const asked = clock.now();
  metrics.waiting++;
  try {
    return await recoveries.acquire(name, permitWithinMs);
  } catch (error) {
    throw error instanceof NoPermit ? new RecoveryTimeout(name, permitWithinMs, error) : error;
  } finally {
    metrics.waiting--;
    stages.permitMs += clock.now() - asked;
  }
}

/** A store that does not answer keeps neither the actor nor the permit for ever. What it does later finds a closed incarnation. */
function inTime({ services, name }: Recovery, deadline: number, work: Promise<void>): Promise<void> {
  const { recoverWithinMs } = services.limits;
  return new Promise((resolve, reject) => {
    const cancel = services.scheduler.after(Math.max(0, deadline - services.clock.now()), () =>
      reject(new RecoveryTimeout(name, recoverWithinMs, new Error("the store does not answer"))),
    );
    work.then(
      () => {
        cancel();
        resolve();
      },
      (error) => {
        cancel();
        reject(error);
      },
    );
  });
}

/** A store's own errors may pass; what the history itself says does not, nor what ends the time. */
function mayPass(error: unknown): boolean {
  if (error instanceof RecoveryTimeout || error instanceof ActorDeleted) return false;
  return !(error instanceof AetherError) || error.retryable;
}

function report({ services, name }: Recovery, progress: Progress, tookMs: number): void {
  const { metrics, events } = services;
  const { version, snapshot, events: eventsReplayed, stages } = progress;
  const snapshotVersion = snapshot?.version ?? 0;
  metrics.recovered(eventsReplayed, stages);
  metrics.replayMs += stages.foldMs;
  if (snapshotVersion > 0) metrics.withSnapshot++;
  if (progress.isFullReplay) metrics.fullReplays++;
  const measured: RecoveryStages = { ...stages };
  events.publish({
    type: "actor-recovered",
    address: name,
    version,
    snapshotVersion,
    eventsReplayed,
    tookMs,
    stages: measured,
  });
}

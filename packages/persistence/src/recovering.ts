// From the store to a live state: newest usable snapshot, then the commits behind it up to the head, then, where another
// writer may still be alive, an empty commit of our own. That one refuses a zombie at once, and proves that what was read
// is current (Kleppmann's fencing token, with the store as the resource that checks it).
import { AetherError, randomId } from "@aether/actor";
import { appendUntilKnown } from "./appending.ts";
import { type Commit, decodeCommit, encodeCommit, lastVersion } from "./commit-format.ts";
import type { StoredCommit, Token } from "./contracts/event-store.ts";
import { CommitRejected, HistoryDamaged, RecoveryTimeout } from "./errors.ts";
import { fold, type Folding } from "./folding.ts";
import { backoff, type Services } from "./services.ts";
import { findSnapshot, type SnapshotSearch, type UsableSnapshot } from "./snapshot-search.ts";
import type { KnownSnapshot } from "./snapshotter.ts";

export interface Recovery extends Folding, SnapshotSearch {
  isOver(): boolean;
  restore(snapshot: UsableSnapshot): void;
}

export interface Recovered {
  readonly version: number;
  readonly token: Token;
  readonly snapshot: KnownSnapshot | undefined;
  readonly eventsReplayed: number;
  readonly bytesReplayed: number;
}

/** How far the state is. Kept over retries: what was folded stays folded. */
interface Progress {
  version: number;
  token: Token;
  snapshot: KnownSnapshot | undefined;
  events: number;
  bytes: number;
  hasBegun: boolean;
}

/** Retries what may pass, until its time is up. Answers `undefined` when the incarnation ended meanwhile. */
export async function recover(recovery: Recovery): Promise<Recovered | undefined> {
  const { services, name } = recovery;
  const { recoverWithinMs } = services.limits;
  const began = services.clock.now();
  const progress: Progress = { version: 0, token: 0, snapshot: undefined, events: 0, bytes: 0, hasBegun: false };
  for (let attempt = 1; ; attempt++) {
    try {
      await services.recoveries.run(() => inTime(recovery, began, catchUp(recovery, progress)));
      if (recovery.isOver()) return undefined;
      report(recovery, progress, services.clock.now() - began);
      const { version, token, snapshot, events, bytes } = progress;
      return { version, token, snapshot, eventsReplayed: events, bytesReplayed: bytes };
    } catch (error) {
      if (!mayPass(error) || error instanceof RecoveryTimeout) throw error;
      if (services.clock.now() - began >= recoverWithinMs) throw new RecoveryTimeout(name, recoverWithinMs, error);
      services.events.publish({ type: "recovery-retried", address: name, error });
    }
    await backoff(services, attempt);
  }
}

/** A store that does not answer keeps neither the actor nor the permit for ever. What it does later finds a closed incarnation. */
function inTime({ services, name }: Recovery, began: number, work: Promise<void>): Promise<void> {
  const { recoverWithinMs } = services.limits;
  const leftMs = Math.max(0, began + recoverWithinMs - services.clock.now());
  return new Promise((resolve, reject) => {
    const cancel = services.scheduler.after(leftMs, () =>
      reject(new RecoveryTimeout(name, recoverWithinMs, new Error("the store does not answer"))),
    );
    void work.then(resolve, reject).finally(cancel);
  });
}

/** A store's own errors may pass; what the history itself says does not. */
function mayPass(error: unknown): boolean {
  return !(error instanceof AetherError) || error.retryable;
}

async function catchUp(recovery: Recovery, progress: Progress): Promise<void> {
  const { services, key } = recovery;
  const [head, newest] = await Promise.all([
    services.stores.events.head(key),
    progress.hasBegun ? undefined : services.stores.snapshots.load(key),
  ]);
  if (!progress.hasBegun) {
    const found = await findSnapshot(recovery, newest, head?.token ?? 0);
    if (found !== undefined) recovery.restore(found);
    progress.version = found?.version ?? 0;
    progress.token = found?.token ?? 0;
    progress.snapshot = newest && {
      version: found?.version ?? 0,
      time: found?.time ?? services.clock.wall(),
      token: newest.token,
    };
    progress.hasBegun = true;
  }
  for (let tip = head; tip !== undefined; tip = await services.stores.events.head(key)) {
    const last = decodeCommit(tip.bytes, key, recovery.name);
    await replay(recovery, progress, { tip, last });
    if (recovery.isOver() || isOurs(services, last) || (await takeOver(recovery, progress))) return;
  }
}

async function replay(
  recovery: Recovery,
  progress: Progress,
  head: { tip: StoredCommit; last: Commit },
): Promise<void> {
  const { tip, last } = head;
  if (tip.token <= progress.token) return;
  if (last.firstVersion === progress.version + 1 && lastVersion(last) >= last.firstVersion) {
    return foldCommit(recovery, progress, { commit: last, stored: tip });
  }
  const { services, key, name } = recovery;
  for await (const page of services.stores.events.read(key, { after: progress.token, upTo: tip.token })) {
    for (const stored of page) {
      if (recovery.isOver()) return;
      foldCommit(recovery, progress, { commit: decodeCommit(stored.bytes, key, name), stored });
    }
  }
  if (progress.token !== tip.token) {
    throw new HistoryDamaged(name, `the store gave commits up to token ${progress.token}, its head is ${tip.token}`);
  }
}

function foldCommit(
  recovery: Recovery,
  progress: Progress,
  { commit, stored }: { commit: Commit; stored: StoredCommit },
): void {
  const { clock, metrics } = recovery.services;
  const began = clock.now();
  fold(recovery, commit, progress.version);
  metrics.replayMs += clock.now() - began;
  progress.version = lastVersion(commit);
  progress.token = stored.token;
  progress.events += commit.events.length;
  progress.bytes += stored.bytes.length;
}

function isOurs({ writers }: Services, { node, epoch }: Commit): boolean {
  const { current } = writers;
  return (node === current.node && epoch === current.epoch) || writers.isGone({ node, epoch });
}

/** False when somebody has committed meanwhile: there is more to read. */
async function takeOver(recovery: Recovery, progress: Progress): Promise<boolean> {
  const { services, key, name } = recovery;
  const bytes = encodeCommit(
    {
      id: randomId(services.random, 16),
      actor: key,
      firstVersion: progress.version + 1,
      time: services.clock.wall(),
      ...services.writers.current,
    },
    [],
  );
  const append = { actor: key, name, after: progress.token, bytes };
  const outcome = await appendUntilKnown(services, append, { isOver: () => recovery.isOver() });
  if (outcome?.type === "rejected") throw new CommitRejected(name, outcome.reason);
  if (outcome?.type === "committed") progress.token = outcome.token;
  return outcome?.type !== "conflict";
}

function report(recovery: Recovery, progress: Progress, tookMs: number): void {
  const { metrics, events } = recovery.services;
  const snapshotVersion = progress.snapshot?.version ?? 0;
  metrics.recoveries++;
  metrics.eventsReplayed += progress.events;
  metrics.loadMs += tookMs;
  if (snapshotVersion > 0) metrics.withSnapshot++;
  events.publish({
    type: "actor-recovered",
    address: recovery.name,
    version: progress.version,
    snapshotVersion,
    eventsReplayed: progress.events,
    tookMs,
  });
}

// The state as the store has it: newest usable snapshot and head at once, then the commits between them. What would be a
// verdict on the history (lost, a gap, a snapshot ahead of it) is concluded only after both were read again.
import type { AetherError, DurableCell } from "@aether/actor";
import { type Commit, type Birth, decodeCommit, lastVersion } from "./commit-format.ts";
import type { StoredCommit, Token } from "./contracts/event-store.ts";
import type { StoredSnapshot } from "./contracts/snapshot-store.ts";
import { ActorDeleted, HistoryDamaged, HistoryLost } from "./errors.ts";
import { fold, type Folding } from "./folding.ts";
import type { RecoveryStages } from "./metrics.ts";
import { findSnapshot, type FoundSnapshots, type SnapshotSearch, type UsableSnapshot } from "./snapshot-search.ts";
import type { KnownSnapshot } from "./snapshotter.ts";
import { isOurs, takeOver } from "./taking-over.ts";

export interface Recovery extends Folding, SnapshotSearch {
  isOver(): boolean;
  restore(snapshot: UsableSnapshot): void;
  readonly cell: Pick<DurableCell, "fenced">;
}

/** How far the state is. Kept over retries: what was folded stays folded. */
export interface Progress {
  version: number;
  token: Token;
  /** Id of the commit with that token, once all is read. */
  base: string | undefined;
  born: Birth | undefined;
  snapshot: KnownSnapshot | undefined;
  /** Where the replay begins, not restored yet: the commit behind it decides whether it belongs to this history. */
  restoring: UsableSnapshot | undefined;
  /** Tokens of snapshots that do not. */
  readonly foreign: Set<Token>;
  events: number;
  bytes: number;
  hasBegun: boolean;
  /** The object is no longer the initial one. */
  isTouched: boolean;
  hasLookedAgain: boolean;
  isFullReplay: boolean;
  readonly stages: { -readonly [S in keyof RecoveryStages]: RecoveryStages[S] };
}

/** What was read does not fit, and nothing of it was folded: a verdict on the history, once it has been read again. */
class Doubt extends Error {
  readonly verdict: AetherError;

  constructor(verdict: AetherError) {
    super(verdict.message);
    this.verdict = verdict;
  }
}

/**
 * The commit behind the snapshot follows another one than that which the snapshot stands at: a store that was set back has
 * lost what it was made of, and other commits stand there now.
 */
class ForeignSnapshot extends Error {}

/** The store no longer has what was folded, and the object at hand cannot forget it: the actor has to begin anew. */
export class HistorySetBack extends Error {}

/** Where a history ends: its last commit. */
export interface Tip {
  readonly stored: StoredCommit;
  readonly commit: Commit;
}

export async function catchUp(recovery: Recovery, progress: Progress): Promise<void> {
  const [newest, head] = await Promise.all([
    progress.hasBegun ? undefined : loadNewest(recovery, progress),
    readTip(recovery, progress),
  ]);
  const begun = progress.hasBegun ? head : await startFrom(recovery, progress, { newest, tip: head });
  let refusedAt: Token | undefined;
  for (let tip = begun; !recovery.isOver(); tip = await readTip(recovery, progress)) {
    // Who is refused finds somebody else's commit there, or not even the one that it wanted to follow.
    if (refusedAt !== undefined && (tip?.stored.token ?? 0) <= refusedAt) throw new HistorySetBack();
    if (tip !== undefined) {
      refuseNewTombstone(recovery, progress, tip);
      if (!(await isReplayed(recovery, progress, tip))) continue;
    }
    progress.base = tip?.commit.id;
    if (recovery.isOver() || isOurs(recovery.services, recovery.key, tip)) return;
    const isTaken = await timed(recovery, progress, "takeOverMs", () => takeOver(recovery, progress, tip));
    if (isTaken) return;
    refusedAt = progress.token;
  }
}

async function readTip(recovery: Recovery, progress: Progress): Promise<Tip | undefined> {
  const { services, key, name } = recovery;
  const stored = await timed(recovery, progress, "headMs", () => services.stores.events.head(key));
  return stored && { stored, commit: decodeCommit(stored.bytes, key, name) };
}

function loadNewest(recovery: Recovery, progress: Progress): Promise<StoredSnapshot | undefined> {
  const { services, key } = recovery;
  return timed(recovery, progress, "snapshotMs", () => services.stores.snapshots.load(key));
}

/**
 * What is loaded side by side may not fit together: a snapshot ahead of the head is looked at again, in that order.
 * @returns the head that it went by
 */
async function startFrom(
  recovery: Recovery,
  progress: Progress,
  read: { readonly newest: StoredSnapshot | undefined; readonly tip: Tip | undefined },
): Promise<Tip | undefined> {
  let { newest, tip } = read;
  let found = await search(recovery, progress, { newest, tip });
  if (found.isAhead) {
    newest = await loadNewest(recovery, progress);
    tip = await readTip(recovery, progress);
    found = await search(recovery, progress, { newest, tip });
    if (found.isAhead && tip === undefined) throw new HistoryLost(recovery.name, undefined);
  }
  reportUnusable(recovery, found);
  const { usable, newestSchema } = found;
  progress.born = tip && birthOf(tip);
  if (usable !== undefined) beginWith(progress, usable);
  else [progress.token, progress.version] = progress.born ?? [0, 0];
  progress.snapshot = newest && {
    version: usable?.version ?? progress.version,
    time: usable?.time,
    token: newest.token,
    newestSchema,
  };
  progress.isFullReplay = usable === undefined && found.unusable.length > 0;
  progress.hasBegun = true;
  return tip;
}

function search(
  recovery: Recovery,
  progress: Progress,
  { newest, tip }: { readonly newest: StoredSnapshot | undefined; readonly tip: Tip | undefined },
): Promise<FoundSnapshots> {
  const span = {
    head: tip?.stored.token ?? 0,
    commit: tip?.commit.id,
    version: tip === undefined ? 0 : lastVersion(tip.commit),
    born: (tip && birthOf(tip)?.[0]) ?? 0,
  };
  const { foreign } = progress;
  const accepts = ({ token }: UsableSnapshot): boolean => !foreign.has(token);
  return timed(recovery, progress, "snapshotMs", () => findSnapshot(recovery, newest, span, accepts));
}

function reportUnusable({ services, name }: Recovery, { unusable }: Pick<FoundSnapshots, "unusable">): void {
  for (const reason of unusable) {
    services.metrics.unusable++;
    services.events.publish({ type: "snapshot-unusable", address: name, reason });
  }
}

function beginWith(progress: Progress, snapshot: UsableSnapshot): void {
  progress.restoring = snapshot;
  progress.version = snapshot.version;
  progress.token = snapshot.token;
}

/** @param fits whether what is read next stands right behind it @throws ForeignSnapshot */
function restore(recovery: Recovery, progress: Progress, fits: boolean): void {
  const { restoring } = progress;
  if (restoring === undefined) return;
  if (!fits) throw new ForeignSnapshot();
  progress.restoring = undefined;
  progress.isTouched = true;
  recovery.restore(restoring);
}

/** Begins with an older one, or with the first event. */
async function passOver(recovery: Recovery, progress: Progress): Promise<void> {
  const { version, token } = progress;
  const reason = `it stands at version ${version} (token ${token}), and what follows it does not follow that: its commits were lost`;
  reportUnusable(recovery, { unusable: [reason] });
  progress.foreign.add(token);
  progress.restoring = undefined;
  const [newest, tip] = [await loadNewest(recovery, progress), await readTip(recovery, progress)];
  const { usable, newestSchema } = await search(recovery, progress, { newest, tip });
  [progress.token, progress.version] = progress.born ?? [0, 0];
  progress.isFullReplay = usable === undefined;
  if (usable !== undefined) beginWith(progress, usable);
  progress.snapshot = newest && { version: progress.version, time: usable?.time, token: newest.token, newestSchema };
}

/** Where the life that this commit belongs to began; `undefined`: with the first commit of all. */
export function birthOf({ stored, commit }: Tip): Birth | undefined {
  return commit.tombstone === true ? [stored.token, lastVersion(commit)] : commit.born;
}

/** The object at hand has lived: it cannot become what a new life begins with. */
function refuseNewTombstone({ name }: Recovery, progress: Progress, tip: Tip): void {
  const born = birthOf(tip);
  if (born === undefined || born[0] === progress.born?.[0]) return;
  if (progress.isTouched) throw new ActorDeleted(name);
  [progress.token, progress.version] = born;
  progress.born = born;
}

/** False when what was read cannot be the whole truth: then both are read again, once. */
async function isReplayed(recovery: Recovery, progress: Progress, tip: Tip): Promise<boolean> {
  try {
    await replay(recovery, progress, tip);
    return true;
  } catch (error) {
    if (error instanceof ForeignSnapshot) return passOver(recovery, progress).then(() => false);
    if (!(error instanceof Doubt)) throw error;
    if (progress.hasLookedAgain) throw error.verdict;
    progress.hasLookedAgain = true;
    const newest = await loadNewest(recovery, progress);
    const found = await search(recovery, progress, { newest, tip: await readTip(recovery, progress) });
    const { usable } = found;
    if (usable === undefined || newest === undefined || usable.version <= progress.version) return false;
    beginWith(progress, usable);
    const { version, time } = usable;
    progress.snapshot = { version, time, token: newest.token, newestSchema: found.newestSchema };
    return false;
  }
}

async function replay(recovery: Recovery, progress: Progress, { stored: last, commit }: Tip): Promise<void> {
  const { services, key, name } = recovery;
  if (last.token <= progress.token) {
    return restore(recovery, progress, last.token < progress.token || lastVersion(commit) === progress.version);
  }
  if (follows(progress, commit)) {
    const began = services.clock.now();
    foldCommit(recovery, progress, { commit, stored: last });
    progress.stages.foldMs += services.clock.now() - began;
    return;
  }
  const { stages, token: from, bytes: folded } = progress;
  let asked = services.clock.now();
  for await (const page of services.stores.events.read(key, { after: progress.token, upTo: last.token })) {
    const came = services.clock.now();
    stages.readMs += came - asked;
    for (const stored of page) {
      if (recovery.isOver()) return;
      const isLast = stored.token === last.token; // which was decoded already
      const next = isLast ? commit : decodeCommit(stored.bytes, key, name);
      const isFirst = folded > 0 && progress.token === from; // behind what an earlier pass has folded
      if (isFirst && !progress.hasLookedAgain && !follows(progress, next)) throw new HistorySetBack();
      foldCommit(recovery, progress, { commit: next, stored });
    }
    asked = services.clock.now();
    stages.foldMs += asked - came;
  }
  stages.readMs += services.clock.now() - asked;
  if (progress.token !== last.token) {
    const reason = `the store gave commits up to token ${progress.token}, its head is ${last.token}`;
    throw new Doubt(new HistoryDamaged(name, reason));
  }
}

function follows({ token, version }: Progress, { after, firstVersion }: Commit): boolean {
  return after === token && firstVersion === version + 1;
}

function foldCommit(
  recovery: Recovery,
  progress: Progress,
  { commit, stored }: { readonly commit: Commit; readonly stored: StoredCommit },
): void {
  restore(recovery, progress, commit.after === progress.token);
  checkContiguous(recovery.name, progress, commit);
  progress.isTouched ||= commit.events.length > 0;
  fold(recovery, commit, progress.version);
  progress.version = lastVersion(commit);
  progress.token = stored.token;
  progress.events += commit.events.length;
  progress.bytes += stored.bytes.length;
}

/** A gap where the reading began: nothing that is left leads up to it. A gap further on: damage. */
function checkContiguous(name: string, progress: Progress, { firstVersion }: Commit): void {
  const { version, events } = progress;
  if (firstVersion === version + 1) return;
  if (events === 0 && firstVersion > version) throw new Doubt(new HistoryLost(name, firstVersion));
  const reason = `after version ${version} comes a commit that begins with ${firstVersion}`;
  throw new Doubt(new HistoryDamaged(name, reason));
}

async function timed<T>(
  { services }: Recovery,
  { stages }: Progress,
  stage: keyof RecoveryStages,
  task: () => Promise<T>,
): Promise<T> {
  const began = services.clock.now();
  try {
    return await task();
  } finally {
    stages[stage] += services.clock.now() - began;
  }
}

// Who reads an actor's history has to have read all of it: what was stored before it began, or before its own empty commit,
// which it owes wherever the last writer may still be alive. State that is behind would be shown until the next command of
// that actor is refused.
import type { RecoveredActor } from "../run/sim-node.ts";
import type { PastShown } from "../run/sim-world.ts";
import { type AccountLog, epochAt, isGone, type LoggedCommit, type StoredTable } from "./log.ts";
import type { Violation } from "./violation.ts";

/** What the servers know of a run. */
export interface Witness {
  readonly logs: ReadonlyMap<string, AccountLog>;
  readonly table: readonly StoredTable[];
  readonly pasts: readonly PastShown[];
}

export function checkRecoveries(recovered: readonly RecoveredActor[], { logs, table, pasts }: Witness): Violation[] {
  return recovered.flatMap((one) => {
    if (wasShownThePast(one, pasts)) return [];
    const { actor, node, version, at, beganAt } = one;
    const epoch = epochAt(table, node, at);
    const stored = (logs.get(actor)?.commits ?? []).filter(({ storedAt }) => storedAt <= at);
    const isOwn = (commit: LoggedCommit): boolean => commit.node === node && commit.epoch === epoch;
    const before = stored.findLast(({ storedAt }) => storedAt <= beganAt);
    const fence = stored.findLast((commit) => isOwn(commit) && isEmpty(commit) && commit.storedAt >= beganAt);
    const least = versionAt(fence ?? before);
    const found: Violation[] = [];
    if (version < least) {
      const what = `${node}/${epoch} had ${actor} at version ${version} at ${at.toFixed(1)} ms, when ${least} versions were stored`;
      found.push({ invariant: "I7 reads show what was stored, and not too old", what });
    }
    // Its end is what it read last: somebody who is gone may have written even while it read, out of a long pause.
    const ends = before === undefined ? [] : stored.slice(stored.indexOf(before));
    if (fence === undefined && before !== undefined && !ends.some((end) => isOwn(end) || isGone(end, table, at))) {
      const what = `${node}/${epoch} began to serve ${actor} at ${at.toFixed(1)} ms behind ${before.node}/${before.epoch} without an empty commit`;
      found.push({ invariant: "I9 one writer at a time, each takes over in order", what });
    }
    return found;
  });
}

/** It may have read from a leader that had been replaced: what that one answers after its end was asked before. */
export function wasShownThePast({ beganAt, at }: RecoveredActor, pasts: readonly PastShown[]): boolean {
  return pasts.some(({ from, until }) => beganAt <= until && at >= from);
}

function isEmpty({ events }: LoggedCommit): boolean {
  return events.length === 0;
}

function versionAt(commit: LoggedCommit | undefined): number {
  return commit === undefined ? 0 : commit.firstVersion + commit.events.length - 1;
}

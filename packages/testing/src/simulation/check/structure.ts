// The stored histories in themselves: I3, I8, I9, I10.
import type { Lost } from "./lost.ts";
import { openedSnapshots } from "./snapshots.ts";
import type { Stored } from "../run/sim-world.ts";
import type { AccountLog, LoggedCommit, StoredTable } from "./log.ts";
import type { Violation } from "./violation.ts";

export interface StructureOptions {
  readonly system: string;
  readonly leaseMs: number;
}

export function checkStructure(
  logs: ReadonlyMap<string, AccountLog>,
  table: readonly StoredTable[],
  { leaseMs }: StructureOptions,
): Violation[] {
  return [...logs.values()].flatMap(({ actor, commits }) => {
    let before: LoggedCommit | undefined;
    let version = 0;
    const found: Violation[] = [];
    for (const commit of commits) {
      if (commit.firstVersion !== version + 1) {
        const what = `${actor} has a commit that begins with version ${commit.firstVersion} behind version ${version}`;
        found.push({ invariant: "I3 versions have no gap", what });
      }
      if (commit.after !== (before?.token ?? 0)) {
        const what = `${actor} has commit ${commit.token} behind ${before?.token ?? 0}, which says it is behind ${commit.after}`;
        found.push({ invariant: "I10 every commit names the one before it", what });
      }
      found.push(...takesOver(commit, before, { table, leaseMs }));
      version += commit.events.length;
      before = commit;
    }
    return found;
  });
}

/** A writer begins with an empty commit, unless it is certain that the one before it writes no more. */
function takesOver(
  commit: LoggedCommit,
  before: LoggedCommit | undefined,
  { table, leaseMs }: { readonly table: readonly StoredTable[]; readonly leaseMs: number },
): Violation[] {
  if (before === undefined || commit.events.length === 0) return [];
  if (commit.node === before.node && commit.epoch === before.epoch) return [];
  const isGone = table.some(
    ({ node, epoch, state, at }) =>
      node === before.node &&
      epoch === before.epoch &&
      ((state === "left" && at < commit.storedAt) || (state === "removed" && at + leaseMs * 0.9 < commit.storedAt)),
  );
  if (isGone) return [];
  const what = `${commit.node}/${commit.epoch} wrote to ${commit.actor} behind ${before.node}/${before.epoch} without taking over`;
  return [{ invariant: "I9 one writer at a time, each takes over in order", what }];
}

/** Every snapshot that was ever saved is the fold of the events up to it. */
export function checkSnapshots(
  ledger: readonly Stored[],
  logs: ReadonlyMap<string, AccountLog>,
  { system, lost }: { readonly system: string; readonly lost: Lost },
): Violation[] {
  return openedSnapshots(ledger, system).flatMap(({ actor, version, state, at }) => {
    if (lost.hasState(actor, state)) return [];
    const found = logs.get(actor)?.versions[version - 1];
    if (found === undefined || found.storedAt > at) {
      return [
        {
          invariant: "I8 state is the fold of the events",
          what: `a snapshot of ${actor} at version ${version} was saved before that was stored`,
        },
      ];
    }
    if (found.state.digest === state.digest && found.state.balance === state.balance && state.count === version)
      return [];
    return [
      {
        invariant: "I8 state is the fold of the events",
        what: `a snapshot of ${actor} at version ${version} is not what its events make`,
      },
    ];
  });
}

// I9 over time: at one state of the member table an actor has one owner. Two nodes that take it from each other, while the
// table has stood still for longer than anybody may be behind it, both believe that it is theirs.
import { type AccountLog, isGone, type LoggedCommit, type StoredTable } from "./log.ts";
import type { Violation } from "./violation.ts";

/** A time without a table: nobody can hear of its changes then. */
export interface Outage {
  readonly from: number;
  readonly until: number;
}

/** @param behindMs how long a node may go by an older table, as long as there is one */
export function checkOwnership(
  logs: ReadonlyMap<string, AccountLog>,
  table: readonly StoredTable[],
  { behindMs, outages }: { readonly behindMs: number; readonly outages: readonly Outage[] },
): Violation[] {
  return [...logs.values()].flatMap(({ actor, commits }) => {
    const takeovers = commits.filter((commit, i) => i > 0 && !isSame(commit, commits[i - 1] as LoggedCommit));
    return takeovers.flatMap((back, i) => {
      const away = takeovers[i - 1];
      const former = away && commits[commits.indexOf(away) - 1];
      if (away === undefined || former === undefined || !isSame(former, back)) return [];
      const since = before(away.storedAt, behindMs, outages);
      if (table.some(({ at }) => at >= since && at <= back.storedAt) || since < 0) return [];
      if (isGone(back, table, back.storedAt) || isGone(away, table, back.storedAt)) return [];
      const what = `${back.node}/${back.epoch} and ${away.node}/${away.epoch} took ${actor} from each other, and the table has not changed since ${since.toFixed(0)} ms`;
      return [{ invariant: "I9 one writer at a time, each takes over in order" as const, what }];
    });
  });
}

/** The moment so long before, outages not counted. */
function before(at: number, ms: number, outages: readonly Outage[]): number {
  let since = at - ms;
  for (const { from, until } of outages.toSorted((a, b) => b.until - a.until)) {
    if (from < at && until > since) since -= Math.min(at, until) - from;
  }
  return since;
}

function isSame(a: LoggedCommit, b: LoggedCommit): boolean {
  return a.node === b.node && a.epoch === b.epoch;
}

// The history of every account as the servers have it: the witness for all that callers were told.
import { epochOf, type NodeRecord } from "@aether/cluster";
import { placeOf } from "@aether/persistence/jetstream";
import { type AccountEvent, type AccountState, fold, opened } from "../run/account.ts";
import type { Stored } from "../run/sim-world.ts";

/** A commit as it stands in the store. */
export interface LoggedCommit {
  readonly actor: string;
  readonly token: number;
  readonly after: number;
  readonly firstVersion: number;
  readonly node: string;
  readonly epoch: number;
  readonly events: readonly AccountEvent[];
  readonly storedAt: number;
}

type StoredCommit = Omit<LoggedCommit, "events"> & { readonly events: readonly { readonly event: AccountEvent }[] };

/** One version of an account. */
export interface Version {
  readonly event: AccountEvent;
  /** The state that it makes. */
  readonly state: AccountState;
  readonly storedAt: number;
}

export interface AccountLog {
  readonly actor: string;
  readonly commits: readonly LoggedCommit[];
  /** Version n stands at n - 1. */
  readonly versions: readonly Version[];
}

/** What was stored under a command's id, as text: where each of its events stands. */
export interface Standing {
  readonly actor: string;
  readonly version: number;
  readonly event: AccountEvent;
  readonly storedAt: number;
}

export interface StoredTable {
  readonly node: string;
  readonly epoch: number;
  readonly state: string;
  readonly at: number;
}

/** As which start a node ran then: there is never more than one of an id here. */
export function epochAt(table: readonly StoredTable[], node: string, at: number): number {
  return table.findLast((one) => one.node === node && one.at <= at)?.epoch ?? 0;
}

/** Whether the table had said by then that this start of a node is no more. */
export function isGone(
  { node, epoch }: { readonly node: string; readonly epoch: number },
  table: readonly StoredTable[],
  by: number,
): boolean {
  const isOver = (one: StoredTable): boolean =>
    one.epoch > epoch || (one.epoch === epoch && (one.state === "left" || one.state === "removed"));
  return table.some((one) => one.at <= by && one.node === node && isOver(one));
}

/** @param ledger in the order in which it was stored */
export function readLogs(ledger: readonly Stored[], system: string): ReadonlyMap<string, AccountLog> {
  const place = placeOf(system, "ev");
  const commits = new Map<string, LoggedCommit[]>();
  for (const { stream, record, at } of ledger) {
    if (stream !== place.stream) continue;
    const { id } = place.actorOf(record.subject);
    const all = commits.get(id) ?? [];
    commits.set(id, all);
    const raw = JSON.parse(Buffer.from(record.data).toString()) as StoredCommit;
    const events = raw.events.map(({ event }) => inOneForm(event));
    all.push({ ...raw, actor: id, token: record.sequence, events, storedAt: at });
  }
  return new Map([...commits].map(([actor, all]) => [actor, { actor, commits: all, versions: versionsOf(all) }]));
}

/** What the later release calls otherwise. */
function inOneForm(event: AccountEvent): AccountEvent {
  return event.type === "credited" ? { type: "added", op: event.op, amount: event.sum } : event;
}

function versionsOf(commits: readonly LoggedCommit[]): Version[] {
  const versions: Version[] = [];
  let state = opened;
  for (const { events, storedAt } of commits) {
    for (const event of events) {
      state = fold(state, event);
      versions.push({ event, state, storedAt });
    }
  }
  return versions;
}

/** By the command that made them. */
export function standings(logs: ReadonlyMap<string, AccountLog>): ReadonlyMap<string, readonly Standing[]> {
  const found = new Map<string, Standing[]>();
  for (const { actor, versions } of logs.values()) {
    for (const [i, { event, storedAt }] of versions.entries()) {
      const standing: Standing = { actor, version: i + 1, event, storedAt };
      const all = found.get(event.op);
      if (all === undefined) found.set(event.op, [standing]);
      else all.push(standing);
    }
  }
  return found;
}

/** What the member table has said, in order. */
export function readTable(ledger: readonly Stored[], system: string): StoredTable[] {
  const bucket = `KV_aether_${system}`;
  return ledger
    .filter(({ stream }) => stream === bucket)
    .map(({ record, at }) => {
      const entry = {
        record: JSON.parse(Buffer.from(record.data).toString()) as NodeRecord,
        revision: record.sequence,
      };
      return { node: entry.record.node, state: entry.record.state, at, epoch: epochOf(entry) };
    });
}

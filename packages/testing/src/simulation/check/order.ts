// Where answers stand in time: I6, I7, I8, I15. Sorted once per account, then one pass.
import type { Op } from "../run/history.ts";
import type { AccountState } from "../run/account.ts";
import type { AccountLog, Version } from "./log.ts";
import type { Lost } from "./lost.ts";
import type { Violation } from "./violation.ts";

export interface OrderOptions {
  /** How old a read may be, in milliseconds. */
  readonly staleMs: number;
  readonly lost: Lost;
  /** Reads that were sent then may be of any age. */
  readonly anyAge: { readonly from: number; readonly until: number } | undefined;
}

interface Told {
  readonly op: Op;
  readonly state: AccountState;
  readonly toldAt: number;
}

export function checkOrder(
  ops: readonly Op[],
  logs: ReadonlyMap<string, AccountLog>,
  { staleMs, lost, anyAge }: OrderOptions,
): Violation[] {
  const byActor = new Map<string, Told[]>();
  for (const op of ops) {
    if (op.result?.type !== "ok" || op.toldAt === undefined || lost.hasState(op.actor, op.result.state)) continue;
    const told = byActor.get(op.actor) ?? [];
    byActor.set(op.actor, told);
    told.push({ op, state: op.result.state, toldAt: op.toldAt });
  }
  return [...byActor].flatMap(([actor, told]) => {
    const versions = logs.get(actor)?.versions ?? [];
    const writes = told.filter(({ op }) => op.kind !== "read").toSorted((a, b) => a.state.count - b.state.count);
    const isBound = ({ op }: Told): boolean =>
      anyAge === undefined || op.sentAt < anyAge.from || op.sentAt >= anyAge.until;
    const reads = told.filter(({ op }) => op.kind === "read");
    return [
      ...told.flatMap((one) => isFold(one, versions)),
      ...inOrder(writes),
      ...reads.filter(isBound).flatMap((read) => isFresh(read, versions, { writes, staleMs })),
    ];
  });
}

function isFold({ op, state, toldAt }: Told, versions: readonly Version[]): Violation[] {
  if (state.count === 0) return [];
  const version = versions[state.count - 1];
  if (version === undefined) {
    return [
      {
        invariant: "I8 state is the fold of the events",
        what: `${op.id} was shown version ${state.count} of ${op.actor}, which is not stored`,
      },
    ];
  }
  const { balance, digest } = version.state;
  if (balance !== state.balance || digest !== state.digest) {
    return [
      {
        invariant: "I8 state is the fold of the events",
        what: `${op.id} was shown another state of ${op.actor} at version ${state.count} than its events make`,
      },
    ];
  }
  if (version.storedAt <= toldAt) return [];
  return [
    {
      invariant: "I15 nothing is told before it is stored",
      what: `${op.id} was shown version ${state.count} of ${op.actor} before it was stored`,
    },
  ];
}

/** If one was answered before another was sent, it stands before it. */
function inOrder(writes: readonly Told[]): Violation[] {
  let earliest: Told | undefined;
  for (const write of writes.toReversed()) {
    if (earliest !== undefined && earliest.toldAt < write.op.sentAt) {
      const what = `${earliest.op.id} was done before ${write.op.id} was sent, but stands behind it in ${write.op.actor}`;
      return [{ invariant: "I6 real-time order", what }];
    }
    if (earliest === undefined || write.toldAt < earliest.toldAt) earliest = write;
  }
  return [];
}

/** It shows at least what had been acknowledged so long before it was sent. */
function isFresh(
  { op, state }: Told,
  versions: readonly Version[],
  { writes, staleMs }: { readonly writes: readonly Told[]; readonly staleMs: number },
): Violation[] {
  const missed = writes.find((write) => write.state.count > state.count && write.toldAt < op.sentAt - staleMs);
  if (missed === undefined) return [];
  const age = Math.round(op.sentAt - missed.toldAt);
  const what = `${op.id} read ${op.actor} at version ${state.count} of ${versions.length}, ${age} ms after ${missed.op.id} was acknowledged as version ${missed.state.count}`;
  return [{ invariant: "I7 reads show what was stored, and not too old", what }];
}

// Whether the log is an order that callers could have seen: I6 and I7. With the log as witness this is linear in its length:
// with I1 to I4, I6 makes each wallet linearizable (Herlihy and Wing, 1990).
import { type Asked, eventsOf, type LoggedWallet, type Run } from "./record.ts";
import type { Violation } from "./violation.ts";

export function* checkOrdering(run: Run): Iterable<Violation> {
  const reads = grouped(run.asked.values());
  for (const wallet of run.wallets) {
    yield* checkWrites(wallet, run.asked);
    for (const read of reads.get(wallet.wallet) ?? []) yield* checkRead(wallet, read, run);
  }
}

/** Who had its answer before another one asked stands before it. */
function* checkWrites(wallet: LoggedWallet, asked: Run["asked"]): Iterable<Violation> {
  let latestStart = Number.NEGATIVE_INFINITY;
  let latest = "";
  let sum = 0;
  for (const { op, version, amount } of eventsOf(wallet)) {
    sum += amount;
    const one = asked.get(op);
    if (one === undefined || one.operation.kind === "timer") continue;
    if (one.to < latestStart) {
      yield {
        invariant: "I6 real-time order",
        what: `${wallet.wallet}: ${op} at version ${version} was answered before ${latest} was asked, which stands before it`,
      };
    }
    if (one.outcome === "ok" && one.n !== undefined && (one.n !== version || one.sum !== sum)) {
      yield {
        invariant: "I7 reads are folds in their window",
        what: `${wallet.wallet}: ${op} was answered version ${one.n}, sum ${one.sum}; stored are ${version} and ${sum}`,
      };
    }
    if (one.from > latestStart) [latestStart, latest] = [one.from, op];
  }
}

/** A read gives some version's fold: none from the future, and none older than what a lease allows. */
function* checkRead(wallet: LoggedWallet, read: Asked, { asked, leaseMs }: Run): Iterable<Violation> {
  const { n, sum, from, to, operation } = read;
  if (n === undefined) return;
  const wrong = (why: string): Violation => ({
    invariant: "I7 reads are folds in their window",
    what: `${wallet.wallet}: ${operation.op} gave version ${n}, sum ${sum}: ${why}`,
  });
  const { sums, events } = foldOf(wallet);
  if (sums[n] !== sum) yield wrong(`the fold there is ${sums[n]}`);
  const last = events[n - 1] === undefined ? undefined : asked.get(events[n - 1]?.op ?? "");
  if (last !== undefined && last.from > to) yield wrong(`${last.operation.op} was asked only later`);
  const next = events[n] === undefined ? undefined : asked.get(events[n]?.op ?? "");
  if (next?.outcome === "ok" && next.to < from - leaseMs) {
    yield wrong(`${next.operation.op} stands behind it and was answered ${Math.round(from - next.to)} ms before`);
  }
}

interface Fold {
  readonly events: ReturnType<typeof eventsOf>;
  /** By version. */
  readonly sums: readonly number[];
}

const folds = new WeakMap<LoggedWallet, Fold>();

function foldOf(wallet: LoggedWallet): Fold {
  let fold = folds.get(wallet);
  if (fold === undefined) {
    const events = eventsOf(wallet);
    const sums = [0];
    for (const { amount } of events) sums.push((sums.at(-1) ?? 0) + amount);
    fold = { events, sums };
    folds.set(wallet, fold);
  }
  return fold;
}

function grouped(asked: Iterable<Asked>): Map<string, Asked[]> {
  const reads = new Map<string, Asked[]>();
  for (const one of asked) {
    if (one.operation.kind !== "read" || one.outcome !== "ok") continue;
    const known = reads.get(one.operation.wallet);
    if (known === undefined) reads.set(one.operation.wallet, [one]);
    else known.push(one);
  }
  return reads;
}

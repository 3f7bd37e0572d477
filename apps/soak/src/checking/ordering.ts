// Whether the log is an order that callers could have seen: I6 and I7. With the log as witness this is linear in its length:
// with I1 to I4, I6 makes each wallet linearizable (Herlihy and Wing, 1990).
import { type Asked, eventsOf, type LoggedWallet, partOf, type Run } from "./record.ts";
import type { Violation } from "./violation.ts";

export function* checkOrdering(run: Run): Iterable<Violation> {
  const reads = grouped(run.asked.values());
  for (const wallet of run.wallets) {
    yield* checkWrites(wallet, run.asked);
    for (const read of reads.get(wallet.wallet) ?? []) yield* checkRead(wallet, read, run);
  }
}

/** Who had its answer before another one asked stands before it. Both parts of a transfer lie within its time. */
function* checkWrites(wallet: LoggedWallet, all: Run["asked"]): Iterable<Violation> {
  let latestStart = Number.NEGATIVE_INFINITY;
  let latest = "";
  let sum = 0;
  for (const { op, version, amount } of eventsOf(wallet)) {
    sum += amount;
    const one = writeOf(op, all);
    if (one === undefined) continue;
    if (one.to < latestStart) {
      yield {
        invariant: "I6 real-time order",
        what: `${wallet.wallet}: ${op} at version ${version} was answered before ${latest} was asked, which stands before it`,
        op,
        wallet: wallet.wallet,
        version,
      };
    }
    const isAnswer = one.outcome === "ok" && one.operation.kind === "add";
    if (isAnswer && (one.n !== version || one.sum !== sum)) {
      yield {
        invariant: "I7 reads are folds in their window",
        what: `${wallet.wallet}: ${op} was answered version ${one.n}, sum ${one.sum}; stored are ${version} and ${sum}`,
        op,
        wallet: wallet.wallet,
        version,
      };
    }
    if (one.from > latestStart) [latestStart, latest] = [one.from, op];
  }
}

/** A timer's event comes after its answer, whenever it likes. */
function writeOf(op: string, all: Run["asked"]): Asked | undefined {
  const asked = partOf(op, all)?.asked;
  return asked?.operation.kind === "timer" ? undefined : asked;
}

/** A read gives some version's fold: none from the future, and none older than what a lease allows. */
function* checkRead(wallet: LoggedWallet, read: Asked, { asked, leaseMs }: Run): Iterable<Violation> {
  const { n, sum, from, to, operation } = read;
  const wrong = (why: string): Violation => ({
    invariant: "I7 reads are folds in their window",
    what: `${wallet.wallet}: ${operation.op} gave version ${n}, sum ${sum}: ${why}`,
    op: operation.op,
    wallet: wallet.wallet,
    ...(n === undefined ? {} : { version: n }),
  });
  const { sums, latestAsked, earliestAnswered } = foldOf(wallet, asked);
  if (n === undefined || sums[n] === undefined || sums[n] !== sum) {
    yield wrong(`the fold there is ${n === undefined ? undefined : sums[n]}`);
    return;
  }
  if ((latestAsked[n] ?? 0) > to) yield wrong("what it has seen was asked only later");
  const missed = earliestAnswered[n] ?? Number.POSITIVE_INFINITY;
  if (missed < from - leaseMs) yield wrong(`what stands behind it was answered ${Math.round(from - missed)} ms before`);
}

/** By version. */
interface Fold {
  readonly sums: readonly number[];
  /** When the last of the operations up to this version was asked. */
  readonly latestAsked: readonly number[];
  /** When the first of those behind it was answered. */
  readonly earliestAnswered: readonly number[];
}

const folds = new WeakMap<LoggedWallet, Fold>();

function foldOf(wallet: LoggedWallet, all: Run["asked"]): Fold {
  const known = folds.get(wallet);
  if (known !== undefined) return known;
  const events = eventsOf(wallet);
  const writes = events.map(({ op }) => writeOf(op, all));
  const sums = [0];
  const latestAsked = [Number.NEGATIVE_INFINITY];
  for (const [i, { amount }] of events.entries()) {
    sums.push((sums[i] ?? 0) + amount);
    latestAsked.push(Math.max(latestAsked[i] ?? 0, writes[i]?.from ?? Number.NEGATIVE_INFINITY));
  }
  const earliestAnswered = [Number.POSITIVE_INFINITY];
  for (const write of writes.toReversed()) {
    const answered = write?.outcome === "ok" ? write.to : Number.POSITIVE_INFINITY;
    earliestAnswered.push(Math.min(earliestAnswered.at(-1) ?? answered, answered));
  }
  const fold = { sums, latestAsked, earliestAnswered: earliestAnswered.toReversed() };
  folds.set(wallet, fold);
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

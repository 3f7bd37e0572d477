// The logs by themselves: I3, I8, I9, I10, I12, I13.
import { eventsOf, type LoggedWallet, partOf, type Run } from "./record.ts";
import type { Violation } from "./violation.ts";

export function* checkLogs(run: Run): Iterable<Violation> {
  for (const wallet of run.wallets) {
    yield* checkVersions(wallet);
    yield* checkChain(wallet);
    yield* checkState(wallet);
  }
  yield* checkSums(run);
  // A run in which nothing happened has kept no promise.
  if (![...run.asked.values()].some(({ outcome }) => outcome === "ok")) {
    yield { invariant: "I13 all is live after the faults", what: "nobody was ever answered" };
  }
}

function* checkVersions(wallet: LoggedWallet): Iterable<Violation> {
  for (const [i, { version }] of eventsOf(wallet).entries()) {
    if (version === i + 1) continue;
    yield {
      invariant: "I3 versions have no gaps",
      what: `${wallet.wallet}: event ${i + 1} has version ${version}`,
      wallet: wallet.wallet,
      version,
    };
    return;
  }
}

function* checkChain({ wallet, commits }: LoggedWallet): Iterable<Violation> {
  const epochs = new Map<string, number>();
  let before = 0;
  for (const { id, after, token, node, epoch } of commits) {
    if (after !== before) {
      yield {
        invariant: "I10 each commit follows the one before",
        what: `${wallet}: commit ${id} at ${token} says that it follows ${after}; before it stands ${before}`,
        wallet,
      };
    }
    before = token;
    if (epoch < (epochs.get(node) ?? 0)) {
      yield {
        invariant: "I9 epochs of a node never go back",
        what: `${wallet}: ${node} wrote with epoch ${epoch} after ${epochs.get(node)}`,
        wallet,
      };
    }
    epochs.set(node, epoch);
  }
}

function* checkState(wallet: LoggedWallet): Iterable<Violation> {
  const events = eventsOf(wallet);
  const n = events.length;
  const sum = events.reduce((total, { amount }) => total + amount, 0);
  const { asked, captured } = wallet;
  if (asked === undefined) {
    yield {
      invariant: "I13 all is live after the faults",
      what: `${wallet.wallet} did not answer`,
      wallet: wallet.wallet,
    };
  }
  if (captured === undefined) {
    yield {
      invariant: "I8 state is the fold",
      what: `${wallet.wallet}: its history cannot be read`,
      wallet: wallet.wallet,
    };
  }
  for (const [who, state] of [["the actor", asked] as const, ["the newest snapshot", captured] as const]) {
    if (state === undefined || (state.n === n && state.sum === sum)) continue;
    yield {
      invariant: "I8 state is the fold",
      what: `${wallet.wallet}: ${who} has version ${state.n}, sum ${state.sum}; the events give ${n} and ${sum}`,
      wallet: wallet.wallet,
    };
  }
}

/** What transfers took somewhere, they gave somewhere else. */
function* checkSums({ wallets, asked }: Run): Iterable<Violation> {
  let open = 0;
  for (const wallet of wallets) {
    for (const { op, amount } of eventsOf(wallet))
      if (partOf(op, asked)?.asked.operation.kind === "transfer") open += amount;
  }
  if (open !== 0) yield { invariant: "I12 transfers keep the sum", what: `transfers made ${open} out of nothing` };
}

// What the subscriber was told, held against what is stored: I11. Each life goes on with what was handled before it, or
// repeats some of it; within a life nothing is left out, repeated or out of order.
import type { Told } from "../told.ts";
import type { LoggedEvent, LoggedWallet, Run } from "./record.ts";
import type { Violation } from "./violation.ts";

const invariant = "I11 subscribers are told all that is stored, in order";

interface Stored extends LoggedEvent {
  readonly token: number;
}

export function* checkTelling({ told: lives, wallets }: Run): Iterable<Violation> {
  if (lives === undefined) return;
  const stored = new Map(wallets.map((wallet) => [wallet.wallet, storedIn(wallet)]));
  /** By wallet: the highest version that any life was told. */
  const reached = new Map<string, number>();
  for (const life of lives) yield* checkLife(life, stored, reached);
  for (const [wallet, events] of stored) {
    const last = reached.get(wallet) ?? 0;
    if (last >= events.length) continue;
    yield { invariant, what: `${wallet}: told up to ${last} of ${events.length}`, wallet, version: last + 1 };
  }
}

function* checkLife(
  life: Iterable<Told>,
  stored: ReadonlyMap<string, readonly Stored[]>,
  reached: Map<string, number>,
): Iterable<Violation> {
  const last = new Map<string, number>();
  for (const told of life) {
    const { wallet, version } = told;
    const before = last.get(wallet);
    const most = reached.get(wallet) ?? 0;
    const isNext = before === undefined ? version <= most + 1 : version === before + 1;
    if (!isNext) {
      const what = `${wallet}: told version ${version} after ${before ?? `its start, where ${most} had been reached`}`;
      yield { invariant, what, wallet, version };
    }
    yield* checkContent(told, stored.get(wallet)?.[version - 1]);
    last.set(wallet, version);
    reached.set(wallet, Math.max(most, version));
  }
}

function* checkContent(
  { wallet, version, position, op, amount }: Told,
  event: Stored | undefined,
): Iterable<Violation> {
  if (event?.op === op && event.amount === amount && event.token === position) return;
  const what = `${wallet} version ${version}: told ${op} of ${amount} at ${position}; stored is ${
    event === undefined ? "nothing" : `${event.op} of ${event.amount} at ${event.token}`
  }`;
  yield { invariant, what, wallet, version, op };
}

function storedIn({ commits }: LoggedWallet): readonly Stored[] {
  return commits.flatMap(({ events, token }) => events.map((event) => ({ ...event, token })));
}

// What was asked for and told to callers, held against what is stored: I1, I2, I4, I5.
import { type Asked, eventsOf, type LoggedWallet, partOf, type Run } from "./record.ts";
import type { Violation } from "./violation.ts";

/** An event's place, by the name of the operation that made it. */
type Places = ReadonlyMap<string, readonly Place[]>;

interface Place {
  readonly wallet: string;
  readonly version: number;
}

const placeText = ({ wallet, version }: Place): string => `${wallet} version ${version}`;

export function* checkStoring(run: Run): Iterable<Violation> {
  const places = placesOf(run.wallets);
  for (const [op, where] of places) {
    // A command that persists nothing may run again, and sets its timer again.
    if (run.asked.get(op)?.operation.kind === "timer") continue;
    if (where.length > 1)
      yield {
        invariant: "I2 nothing is done that nobody asked for, or twice",
        what: `${op} is stored at ${where.map(placeText).join(", ")}`,
        op,
        ...where[1],
      };
  }
  for (const asked of run.asked.values()) yield* checkOne(asked, places);
  for (const wallet of run.wallets) yield* checkAsked(wallet, run.asked);
}

/** What is stored is what was asked for: this operation, at this wallet, of this amount. */
function* checkAsked(wallet: LoggedWallet, asked: Run["asked"]): Iterable<Violation> {
  for (const { op, amount, version } of eventsOf(wallet)) {
    const wanted = partOf(op, asked);
    if (wanted?.wallet === wallet.wallet && wanted.amount === amount) continue;
    yield {
      invariant: "I2 nothing is done that nobody asked for, or twice",
      what:
        wanted === undefined
          ? `${wallet.wallet}: nobody asked for ${op}`
          : `${wallet.wallet} has ${op} of ${amount}; it was asked of ${wanted.wallet}, with ${wanted.amount}`,
      op,
      wallet: wallet.wallet,
      version,
    };
  }
}

function* checkOne(asked: Asked, places: Places): Iterable<Violation> {
  const { operation, outcome } = asked;
  const { op, kind } = operation;
  if (kind === "read") return;
  if (outcome === "unknown")
    yield { invariant: "I5 the unknown is settled", what: `${op} never got a certain answer`, op };
  for (const name of eventsWanted(asked)) {
    const stored = places.get(name)?.length ?? 0;
    if (outcome === "ok" && stored !== 1 && kind !== "timer") {
      yield {
        invariant: "I1 acknowledged is stored once",
        what: `${name} was acknowledged and is stored ${stored} times`,
        op,
        wallet: partOf(name, new Map([[op, asked]]))?.wallet ?? "",
      };
    }
    if (outcome === "fail" && stored > 0) {
      yield { invariant: "I4 refused is not stored", what: `${name} was refused for certain and is stored`, op };
    }
  }
}

/** The events that an operation makes. */
function eventsWanted({ operation: { op, kind } }: Asked): readonly string[] {
  return kind === "transfer" ? [`${op}/out`, `${op}/in`] : [op];
}

function placesOf(wallets: readonly LoggedWallet[]): Places {
  const places = new Map<string, Place[]>();
  for (const wallet of wallets) {
    for (const { op, version } of eventsOf(wallet)) {
      const place = { wallet: wallet.wallet, version };
      const known = places.get(op);
      if (known === undefined) places.set(op, [place]);
      else known.push(place);
    }
  }
  return places;
}

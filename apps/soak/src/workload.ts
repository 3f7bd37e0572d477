// What a client asks for: drawn from its seed, four fifths of it to a fifth of the wallets.
import { createSeededRandom } from "@aether/actor/testing";
import type { Operation } from "./history.ts";

export type Chance = () => number;

export interface WorkloadOptions {
  readonly client: string;
  readonly wallets: number;
  readonly chance: Chance;
}

/** An endless supply. */
export function* operations({ client, wallets, chance }: WorkloadOptions): Generator<Operation, never> {
  const hot = Math.max(1, Math.floor(wallets / 5));
  const pick = (): string => `w${Math.floor(chance() * (chance() < 0.8 ? hot : wallets))}`;
  for (let n = 1; ; n++) {
    const op = `${client}.${n}`;
    const wallet = pick();
    const kind = chance();
    const amount = 1 + Math.floor(chance() * 100);
    if (kind < 0.6) yield { op, kind: "add", wallet, amount };
    else if (kind < 0.75) yield { op, kind: "transfer", wallet, to: other(wallet, pick), amount };
    else if (kind < 0.95) yield { op, kind: "read", wallet };
    else yield { op, kind: "timer", wallet, delayMs: 100 + Math.floor(chance() * 2_000) };
  }
}

function other(wallet: string, pick: () => string): string {
  for (let i = 0; i < 100; i++) {
    const found = pick();
    if (found !== wallet) return found;
  }
  return wallet === "w0" ? "w1" : "w0";
}

/** The same seed draws the same. */
export function seededChance(seed: number): Chance {
  const random = createSeededRandom(seed);
  return () => random.next();
}

// The snapshots as the servers had them.
import { placeOf } from "@aether/persistence/jetstream";
import type { AccountState } from "../run/account.ts";
import type { Stored } from "../run/sim-world.ts";

export interface LoggedSnapshot {
  readonly actor: string;
  readonly version: number;
  readonly state: AccountState;
  readonly at: number;
}

export function openedSnapshots(ledger: readonly Stored[], system: string): LoggedSnapshot[] {
  const place = placeOf(system, "sn");
  return ledger
    .filter(({ stream }) => stream === place.stream)
    .map(({ record, at }) => {
      const { version, state } = JSON.parse(Buffer.from(record.data).toString()) as LoggedSnapshot;
      return { actor: place.actorOf(record.subject).id, version, state, at };
    });
}

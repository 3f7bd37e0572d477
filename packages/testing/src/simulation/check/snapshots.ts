// The snapshots as the servers had them.
import { placeOf } from "@aether/persistence/jetstream";
import { type AccountState, currentForm, LaterAccount, type LaterForm } from "../run/account.ts";
import type { Stored } from "../run/sim-world.ts";

export interface LoggedSnapshot {
  readonly actor: string;
  readonly version: number;
  readonly state: AccountState;
  readonly at: number;
}

interface StoredSnapshot {
  readonly version: number;
  readonly schema: number;
  readonly state: AccountState | LaterForm;
}

export function openedSnapshots(ledger: readonly Stored[], system: string): LoggedSnapshot[] {
  const place = placeOf(system, "sn");
  return ledger
    .filter(({ stream }) => stream === place.stream)
    .map(({ record, at }) => {
      const { version, schema, state } = JSON.parse(Buffer.from(record.data).toString()) as StoredSnapshot;
      const shown = schema === LaterAccount.snapshotVersion ? currentForm(state as LaterForm) : (state as AccountState);
      return { actor: place.actorOf(record.subject).id, version, state: shown, at };
    });
}

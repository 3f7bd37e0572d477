// An actor that counts, with whatever policy a test gives it, and a look at the snapshots that are stored.
import { EventSourcedActor, type Events, type SnapshotPolicy, type StoreBackend } from "@aether/persistence";
import type { Bank } from "./bank.ts";

export type Added = { type: "added"; n: number };

export function counterClass(policy: SnapshotPolicy, schema: number = 1) {
  return class Counter extends EventSourcedActor<Added> {
    static type = "counter";
    static readonly events: Events<Added> = { added: 1 };
    static readonly snapshots = policy;
    static readonly snapshotVersion = schema;
    state: { sum: number; [more: string]: unknown } = { sum: 0 };
    apply(event: Added): void {
      this.state.sum += event.n;
    }
    add(n: number): number {
      return this.persist({ type: "added", n }).sum;
    }
    addMany(count: number): number {
      return this.persist(...Array.from({ length: count }, () => ({ type: "added" as const, n: 1 }))).sum;
    }
    look(): number {
      return this.state.sum;
    }
    override restore(data: unknown, _version: number): void {
      this.state = data as { sum: number };
    }
  };
}

export const versionsOf = (bank: Bank): number[] => bank.of("snapshot-saved").map(({ version }) => version);

/** Newest first. */
export async function storedSnapshots(
  store: StoreBackend,
  actor: { type: string; id: string } = { type: "counter", id: "a" },
): Promise<{ version: number; schema: number }[]> {
  const { snapshots } = await store.open({ systemName: "bank", warn: () => undefined });
  const found: { version: number; schema: number }[] = [];
  for (let s = await snapshots.load(actor); s !== undefined; s = await snapshots.load(actor, s.token)) {
    const { version, schema } = JSON.parse(Buffer.from(s.bytes).toString()) as { version: number; schema: number };
    found.push({ version, schema });
  }
  return found;
}

// Backends that are wrong in one way each, with the case of `storeSuite` that has to say so.
import type { ActorKey, AppendOutcome, StoreBackend, StoredCommit, Token } from "@aether/persistence";
import { type Broken, conflict, Plain, Shelf } from "./plain-store.ts";

export interface BrokenBackend {
  readonly events?: Broken;
  readonly snapshots?: Broken;
}

/** By what is wrong: the case that has to say so, and the stores that are wrong. */
export const brokenBackends: Readonly<Record<string, readonly [caughtBy: string, BrokenBackend]>> = {
  "does not store commits without events": [
    "moves the fence and no version when another system takes over",
    {
      events: class extends Plain {
        protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
          const isEmpty = Buffer.from(bytes).includes('"events":[]');
          return isEmpty ? { type: "committed", token: this.next(actor) } : super.put(actor, bytes);
        }
      },
    },
  ],
  "gives no head": [
    "does a command once, however often and by whom it is sent",
    {
      events: class extends Plain {
        override head = async () => undefined;
      },
    },
  ],
  "has no fence": [
    "does a command once that met a conflict",
    {
      events: class extends Plain {
        override append = async (actor: ActorKey, _: Token, bytes: Uint8Array) => this.put(actor, bytes);
      },
    },
  ],
  "takes a repeat for a conflict": [
    "stores once what the store did not answer for",
    {
      events: class extends Plain {
        protected override standing = () => conflict;
      },
    },
  ],
  "cuts what is large": [
    "stores the events of a command together",
    {
      events: class extends Plain {
        protected override put = (actor: ActorKey, bytes: Uint8Array) => super.put(actor, bytes.subarray(0, 2_000));
      },
    },
  ],
  "has one fence for all actors": [
    "refuses a command over the store's limit, and nothing of it is stored",
    {
      events: class extends Plain {
        protected override last = () => Math.max(0, ...[...this.log.values()].flat().map(({ token }) => token));
      },
    },
  ],
  "reads backwards": [
    "brings actors back as they were",
    {
      events: class extends Plain {
        override async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
          for await (const page of super.read(actor, range)) yield page.toReversed();
        }
      },
    },
  ],
  "loads no snapshot": [
    "begins with the newest snapshot",
    {
      snapshots: class extends Plain {
        override load = async () => undefined;
      },
    },
  ],
  "keeps the newest snapshot alone": [
    "falls back on the older snapshot when the newest is not usable",
    {
      snapshots: class extends Plain {
        protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
          const outcome = super.put(actor, bytes);
          this.of(actor).splice(0, this.of(actor).length - 1);
          return outcome;
        }
      },
    },
  ],
  "keeps the newest three commits": [
    "replays everything when no snapshot is usable",
    {
      events: class extends Plain {
        protected override put(actor: ActorKey, bytes: Uint8Array): AppendOutcome {
          const outcome = super.put(actor, bytes);
          this.keep(actor, (_, i, { length }) => i >= length - 3);
          return outcome;
        }
      },
    },
  ],
  "lets go of nothing": [
    "names a history whose beginning is gone with the snapshots",
    {
      events: class extends Plain {
        override truncate = async () => this.assertOpen();
      },
    },
  ],
  "reads the newest commit alone": [
    "names damaged commits, and other actors are not touched",
    {
      events: class extends Plain {
        override async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<StoredCommit[]> {
          for await (const page of super.read(actor, range)) yield page.slice(-1);
        }
      },
    },
  ],
};

export function backendOf({ events: Events = Plain, snapshots: Snapshots = Plain }: BrokenBackend): StoreBackend {
  const [events, snapshots] = [new Shelf(), new Shelf()];
  return { name: "plain", open: async () => ({ events: new Events(events), snapshots: new Snapshots(snapshots) }) };
}

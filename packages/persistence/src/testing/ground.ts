// Where the cases of `storeSuite` play: systems that come and go over one backend, which stays open all the while.
import { type ActorRef, type ActorSystem, createSystem, type SystemEvent } from "@aether/actor";
import type { OpenStores, StoreBackend } from "../contracts/backend.ts";
import type { ActorKey } from "../contracts/event-store.ts";
import type { PersistenceMetrics } from "../metrics.ts";
import { persistence } from "../persistence.ts";
import { type Faults, faultyBackend, faultyEventStore, faultySnapshotStore } from "./faulty-stores.ts";
import { type Added, Ledger } from "./ledger.ts";
import { readAll } from "./probing.ts";
import { within } from "./suite-case.ts";

/** One system on the ground. */
export interface Stage {
  readonly system: ActorSystem;
  ledger(id: string): ActorRef<Ledger>;
  metrics(): PersistenceMetrics;
  /** The events of this type so far. */
  of<T extends SystemEvent["type"]>(type: T): Extract<SystemEvent, { type: T }>[];
  /** Once the actor's snapshot of this version is saved. */
  saved(id: string, version: number): Promise<void>;
}

/** A commit as it is stored, as far as the cases look into it. */
export interface StoredText {
  readonly actor: readonly [type: string, id: string];
  readonly firstVersion: number;
  readonly events: readonly { readonly event: Added }[];
}

let grounds = 0;

export class Ground {
  readonly stores: OpenStores;
  readonly #backend: StoreBackend;
  readonly #patienceMs: number;
  readonly #name: string;

  private constructor(name: string, stores: OpenStores, patienceMs: number) {
    this.#name = name;
    this.#patienceMs = patienceMs;
    this.stores = stores;
    const noFaults: Faults = () => undefined;
    const close = async (): Promise<void> => undefined; // a system that stops takes nothing from those behind it
    const shared: OpenStores = {
      events: { ...faultyEventStore(stores.events, noFaults), close },
      snapshots: { ...faultySnapshotStore(stores.snapshots, noFaults), close },
    };
    this.#backend = { name: "suite", open: async () => shared };
  }

  /** Each has a system name of its own: an empty place in the backend. */
  static async on(backend: StoreBackend, patienceMs: number): Promise<Ground> {
    const name = `suite-${++grounds}`;
    return new Ground(name, await backend.open({ systemName: name, warn: () => undefined }), patienceMs);
  }

  /** Lets a system live for as long as the work takes. */
  async play<T>(work: (stage: Stage) => Promise<T>, faults: Faults = () => undefined): Promise<T> {
    const system = await createSystem({
      name: this.#name,
      actors: [Ledger],
      plugins: [persistence({ store: faultyBackend(this.#backend, faults), recoverWithinMs: this.#patienceMs })],
      log: false,
      askTimeoutMs: this.#patienceMs,
    });
    try {
      return await work(this.#stage(system));
    } finally {
      await system.stop();
    }
  }

  /** What is stored of a ledger, oldest first. */
  async commits(id: string): Promise<StoredText[]> {
    const key: ActorKey = { type: Ledger.type, id };
    const head = await this.stores.events.head(key);
    const stored = head === undefined ? [] : await readAll(this.stores.events, key, 0, head.token);
    return stored.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as StoredText);
  }

  async close(): Promise<void> {
    await this.stores.events.close();
    await this.stores.snapshots.close();
    await this.stores.close?.();
  }

  #stage(system: ActorSystem): Stage {
    const seen: SystemEvent[] = [];
    const waiting = new Set<() => void>();
    system.events.subscribe((event) => {
      seen.push(event);
      for (const look of waiting) look();
    });
    const of: Stage["of"] = (type) => seen.filter((event) => event.type === type) as never;
    const saved = (id: string, version: number): Promise<void> => {
      const isSaved = (): boolean =>
        of("snapshot-saved").some((event) => event.address === `${Ledger.type}/${id}` && event.version >= version);
      const done = new Promise<void>((resolve) => {
        const look = (): void => void (isSaved() && resolve(void waiting.delete(look)));
        waiting.add(look);
        look();
      });
      return within(done, this.#patienceMs, `snapshot ${version} of ${id}`);
    };
    return {
      system,
      ledger: (id) => system.ref(Ledger, id),
      metrics: () => system.use(persistence).metrics(),
      of,
      saved,
    };
  }
}

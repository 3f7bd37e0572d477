// The actor of all rows: one event of 256 bytes for each command. And its raw counterpart: the same bytes, appended by hand.
import { type ActorRef, type ActorSystem, createSystem } from "@aether/actor";
import {
  type ActorKey,
  atVersions,
  EventSourcedActor,
  type Events,
  type EventStore,
  noSnapshots,
  type OpenStores,
  persistence,
  type SnapshotPolicy,
  type StoreBackend,
  type Token,
} from "@aether/persistence";
import { memory } from "@aether/persistence/memory";

interface Added {
  readonly type: "added";
  readonly note: string;
}

const eventBytes = 256;
export const note: string = "x".repeat(eventBytes - JSON.stringify({ type: "added", note: "" }).length);

interface Count {
  readonly count: number;
}

export class Tally extends EventSourcedActor<Added> {
  static readonly type: string = "tally";
  static readonly events: Events<Added> = { added: 1 };
  state: Count = { count: 0 };

  override apply(): void {
    this.state = { count: this.state.count + 1 };
  }

  add(text: string): number {
    return this.persist({ type: "added", note: text }).count;
  }

  addMany(text: string, events: number): number {
    return this.persist(...Array.from({ length: events }, () => ({ type: "added" as const, note: text }))).count;
  }

  count(): number {
    return this.state.count;
  }

  /** Out of memory; the next message brings it back. */
  leave(): void {
    this.ctx.stop();
  }
}

/** All of its history is replayed. */
export class LongTally extends Tally {
  static override readonly type: string = "long-tally";
  static readonly snapshots: SnapshotPolicy = noSnapshots;
}

/** A snapshot at every thousandth version, exactly. */
export class EvenTally extends Tally {
  static override readonly type: string = "even-tally";
  static readonly snapshots: SnapshotPolicy = atVersions(1_000);
}

/** Its only snapshot is that of its first version. */
export class MarkedTally extends Tally {
  static override readonly type: string = "marked-tally";
  static readonly snapshots: SnapshotPolicy = ({ version }) => version === 1;
}

export const systemName = "bench";

/** As a user would make it: nothing is switched off. Asks are patient, so that a busy machine gives a figure and no error. */
export function openSystem(store: StoreBackend): Promise<ActorSystem> {
  return createSystem({
    name: systemName,
    actors: [Tally, LongTally, EvenTally, MarkedTally],
    plugins: [persistence({ store })],
    askTimeoutMs: 60_000,
  });
}

export function openStores(store: StoreBackend): Promise<OpenStores> {
  return store.open({ systemName, warn: () => undefined });
}

/** What our runtime stores for one command. */
export async function sampleCommit(): Promise<Uint8Array> {
  const store = memory();
  await using system = await openSystem(store);
  await system.ref(Tally, "t-0").ask.add(note);
  const stored = await (await openStores(store)).events.head({ type: Tally.type, id: "t-0" });
  if (stored === undefined) throw new Error("the sample was not stored");
  return stored.bytes;
}

export function tallies(system: ActorSystem, count: number): ActorRef<Tally>[] {
  return Array.from({ length: count }, (_, i) => system.ref(Tally, `t-${i}`));
}

/** `n` commands, one under way in each lane at any time. */
export async function inLanes(n: number, lanes: number, work: (lane: number) => Promise<unknown>): Promise<void> {
  const each = Math.ceil(n / lanes);
  const run = async (lane: number): Promise<void> => {
    for (let i = 0; i < each; i++) await work(lane);
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
}

/** One actor's log as a hand would write it. */
export class RawLog {
  readonly #store: EventStore;
  readonly #actor: ActorKey;
  readonly #bytes: Uint8Array;
  #token: Token = 0;

  constructor(store: EventStore, id: string, bytes: Uint8Array) {
    this.#store = store;
    this.#actor = { type: "raw", id };
    this.#bytes = bytes;
  }

  async append(): Promise<void> {
    const outcome = await this.#store.append(this.#actor, this.#token, this.#bytes);
    if (outcome.type !== "committed") throw new Error(`a raw append ended as ${outcome.type}`);
    this.#token = outcome.token;
  }
}

export function rawLogs(store: EventStore, count: number, bytes: Uint8Array): RawLog[] {
  return Array.from({ length: count }, (_, i) => new RawLog(store, `raw-${i}`, bytes));
}

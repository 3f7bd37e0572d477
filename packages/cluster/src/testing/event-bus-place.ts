// What the cases of the event bus have in common: a store with nothing in it, processes with a bus each, and an actor whose
// events they tell.
import {
  type ActorKey,
  type DomainEvent,
  EventSourcedActor,
  type Events,
  type EventStore,
  type Upcasters,
} from "@aether/persistence";
import { storeCommit } from "@aether/persistence/testing";
import type { EventBus, EventSubscription, StoredEvent } from "../contracts/event-bus.ts";

/** A store without events, and whoever listens to it. */
export interface BusPlace {
  readonly events: EventStore;
  /** The codes of what the buses had to say, in order. */
  readonly problems: readonly string[];
  /** The bus of a process; the same one for the same name until it is closed. */
  open(process: string): Promise<EventBus>;
  /** Ends it in order. */
  close(process: string): Promise<void>;
  /** Breaks the connection of a process. */
  cut(process: string): Promise<void>;
  heal(process: string): Promise<void>;
  /** The next so many commits that are told to it as they are stored are lost on the way. */
  lose(process: string, count: number): void;
  /** Lets go of what lies before a position, of one actor or of all. */
  truncate(before: number, of?: ActorKey): Promise<void>;
  /** The store loses all that it holds, as if it had been made anew. */
  setBack(): Promise<void>;
  /** A time that lies behind all that was stored, and before all that will be. */
  later(): Promise<Date>;
  /** Takes the place away, with whatever is still open. */
  dispose(): Promise<void>;
}

export interface BusSuiteOptions {
  /** Makes an empty place for one case. */
  readonly place: () => Promise<BusPlace>;
  /** How many subscriptions one process must bear. @default 10,000 */
  readonly manySubscriptions?: number;
}

export interface BusCase {
  /** Begins with the properties that it shows, such as `B7`. */
  readonly name: string;
  readonly run: () => Promise<void>;
}

export type BusCaseBody = (place: BusPlace, options: BusSuiteOptions) => Promise<void>;

export type TallyEvent =
  | { readonly type: "added"; readonly amount: number; readonly text?: string }
  | { readonly type: "cleared" };

/** The first schema of `added` had `n` in place of `amount`. */
export class Tally extends EventSourcedActor<TallyEvent> {
  static type = "tally";
  static readonly events: Events<TallyEvent> = { added: 2, cleared: 1 };
  static readonly upcasters: Upcasters<TallyEvent> = {
    added: [(old: { n: number }) => ({ type: "added", amount: old.n })],
  };
  override state: { sum: number } = { sum: 0 };

  apply(event: TallyEvent): void {
    this.state.sum = event.type === "added" ? this.state.sum + event.amount : 0;
  }
}

/** Stores commits of one event each, as many as there are amounts. @returns their positions as the store counts tokens */
export class Writer {
  readonly #events: EventStore;
  readonly #actors = new Map<string, { after: number; version: number }>();

  constructor(place: BusPlace) {
    this.#events = place.events;
  }

  async add(id: string, ...amounts: readonly number[]): Promise<void> {
    for (const amount of amounts) await this.commit(id, [{ type: "added", amount } as DomainEvent]);
  }

  /** One commit. */
  async commit(
    id: string,
    events: readonly DomainEvent[],
    { schema = 2, command, type = "tally" }: { schema?: number; command?: string; type?: string } = {},
  ): Promise<string> {
    const key = `${type}/${id}`;
    const known = this.#actors.get(key) ?? { after: 0, version: 0 };
    const wanted = { after: known.after, firstVersion: known.version + 1, events, schema, time: 1_000 };
    const outcome = await storeCommit(
      this.#events,
      { type, id },
      { ...wanted, ...(command === undefined ? {} : { command }) },
    );
    if (outcome.type === "committed") {
      this.#actors.set(key, { after: outcome.token, version: known.version + events.length });
    }
    return outcome.type;
  }
}

/** What a handler was given. */
export class Seen {
  readonly all: StoredEvent<TallyEvent>[] = [];
  readonly #before: (stored: StoredEvent<TallyEvent>) => void | Promise<void>;

  /** @param before runs first; what it throws fails the handler */
  constructor(before: (stored: StoredEvent<TallyEvent>) => void | Promise<void> = () => {}) {
    this.#before = before;
  }

  readonly handler = async (stored: StoredEvent<TallyEvent>): Promise<void> => {
    await this.#before(stored);
    this.all.push(stored);
  };

  get amounts(): readonly (number | "cleared")[] {
    return this.all.map(({ event }) => (event.type === "added" ? event.amount : "cleared"));
  }

  /** In the order in which they came. */
  of(id: string): readonly number[] {
    return this.all.flatMap(({ actor, event }) => (actor.id === id && event.type === "added" ? [event.amount] : []));
  }

  get ids(): readonly string[] {
    return this.all.map(({ id }) => id);
  }
}

export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** What the promise rejects with, by its code. */
export async function codeOf(task: Promise<unknown>): Promise<unknown> {
  try {
    await task;
    return "no error";
  } catch (error) {
    return (error as { readonly code?: unknown }).code ?? (error as Error).name;
  }
}

/** A promise, and the way to resolve it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

export async function stopAll(subscriptions: readonly EventSubscription[]): Promise<void> {
  await Promise.all(subscriptions.map((subscription) => subscription.stop()));
}

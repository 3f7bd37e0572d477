// What a subscription listens to: which actors, which of their events, and as which code understands them.
import { type ActorClass, describeClass, encodeId } from "@aether/actor";
import {
  type ActorKey,
  CommitReader,
  type LogFilter,
  type ReadCommit,
  type ReadEvent,
  type UnreadableEvent,
} from "@aether/persistence";
import type { SubscribeOptions } from "../contracts/event-bus.ts";

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

export class Interest {
  /** All types if it is left out. */
  readonly types: readonly string[] | undefined;
  readonly id: string | undefined;
  /** Narrows what is read from the store; `includes` decides. */
  readonly filter: LogFilter;
  readonly #events: ReadonlySet<string> | undefined;
  readonly #readers: ReadonlyMap<string, CommitReader>;
  readonly #asStored: CommitReader;

  /** @throws TypeError naming the option; InvalidActorId (`ACTOR_INVALID_ID`) */
  constructor({ actor, id, event, codec }: SubscribeOptions) {
    const actors: readonly (string | ActorClass)[] | undefined = actor === undefined ? undefined : listOf(actor);
    const classes = (actors ?? []).filter((one) => typeof one !== "string");
    const readers = classes.map((one) => [describeClass(one).type, readerOf(one, codec)] as const);
    this.types = actors?.map((one) => (typeof one === "string" ? checkName("actor", one) : describeClass(one).type));
    if (this.types?.length === 0) throw new TypeError("subscribeToEventStored: actor is an empty list.");
    if (id !== undefined) {
      if (this.types?.length !== 1) throw new TypeError("subscribeToEventStored: id needs one actor beside it.");
      encodeId(id);
    }
    this.id = id;
    const [type] = this.types?.length === 1 ? this.types : [];
    this.filter = { ...(type === undefined ? {} : { type }), ...(id === undefined ? {} : { id }) };
    this.#events = event === undefined ? undefined : new Set(listOf(event).map((name) => checkEvent(name)));
    if (this.#events?.size === 0) throw new TypeError("subscribeToEventStored: event is an empty list.");
    this.#readers = new Map(readers);
    this.#asStored = codec === undefined ? asStored : new CommitReader(undefined, codec);
  }

  includes({ type, id }: ActorKey): boolean {
    return (this.types?.includes(type) ?? true) && (this.id === undefined || this.id === id);
  }

  /** @throws HistoryDamaged (`PERSISTENCE_HISTORY_DAMAGED`) when nothing of it can be read */
  read(actor: ActorKey, bytes: Uint8Array): ReadCommit {
    return (this.#readers.get(actor.type) ?? this.#asStored).read(actor, bytes);
  }

  /** What cannot be read is wanted, unless its name says that it is none of the events that were asked for. */
  wants(read: ReadEvent | UnreadableEvent): boolean {
    if (this.#events === undefined) return true;
    const type = "event" in read ? read.event.type : read.storedType;
    return type === undefined || this.#events.has(type);
  }
}

/** Thousands of subscriptions may name one class. */
const readers = new WeakMap<ActorClass, CommitReader>();
const asStored = new CommitReader(undefined);

function readerOf(actorClass: ActorClass, codec: SubscribeOptions["codec"]): CommitReader {
  if (codec !== undefined) return new CommitReader(actorClass, codec);
  const reader = readers.get(actorClass) ?? new CommitReader(actorClass);
  readers.set(actorClass, reader);
  return reader;
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Types and names stand in subjects and keys, where `*`, `>` and `.` would mean more than one. @throws TypeError */
export function checkName(option: string, name: unknown): string {
  if (typeof name === "string" && namePattern.test(name)) return name;
  throw new TypeError(
    `subscribeToEventStored: ${option} is ${JSON.stringify(name)}; use a letter, then up to 63 letters, digits, "_" or "-". ` +
      "There are no wildcards: leave it out for all.",
  );
}

/** Event types are the user's own words; only what looks like a pattern is refused, since it would match nothing. */
function checkEvent(name: unknown): string {
  if (typeof name === "string" && name !== "" && !/[*>]/.test(name)) return name;
  throw new TypeError(
    `subscribeToEventStored: event is ${JSON.stringify(name)}; use the type of an event. There are no wildcards: leave it out for all.`,
  );
}

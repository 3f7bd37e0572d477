// What an actor has behind it when its test begins.
import type { Actor } from "@aether/actor";
import type { DomainEvent } from "@aether/persistence";
import type { Past, PastFact, StoredState } from "@aether/persistence/testing";
import { BadScenario } from "./errors.ts";
import type { Subject } from "./subject.ts";

/** An event as it was stored by an older version of the code, or at another time. */
export class PastEvent {
  readonly event: DomainEvent;
  readonly schema: number | undefined;
  readonly time: number | undefined;

  constructor(event: DomainEvent, schema: number | undefined, time: number | undefined) {
    this.event = event;
    this.schema = schema;
    this.time = time;
  }
}

/**
 * For the list of `given`: an event in the shape of an older schema, which goes through the upcasters, or of another time.
 * @param place `schema`: @default the current one; `time` in milliseconds since the epoch: @default when the test begins
 */
export function past(event: DomainEvent, place: { readonly schema?: number; readonly time?: number } = {}): PastEvent {
  return new PastEvent(event, place.schema, place.time);
}

/** Where a past snapshot stands. */
export interface SnapshotPlace {
  /** The `snapshotVersion` of the code that made it. @default the current one */
  readonly snapshotVersion?: number;
  /** Of the actor, from 1. @default 1 */
  readonly version?: number;
  /** In milliseconds since the epoch. @default when the test begins */
  readonly time?: number;
}

/** A snapshot as an older version of the code stored it. */
export class PastSnapshot {
  readonly data: unknown;
  readonly place: SnapshotPlace;

  constructor(data: unknown, place: SnapshotPlace) {
    this.data = data;
    this.place = place;
  }
}

/**
 * First in the list of `given`: what `snapshot()` gave once, in place of the events before it, which are not there any more.
 * It goes through `restore`, as in production; the events of the list come behind it.
 * @example given(Account, [pastSnapshot({ cents: 5_000 }, { snapshotVersion: 1 }), { type: "deposited", amount: 1 }])
 */
export function pastSnapshot(data: unknown, place: SnapshotPlace = {}): PastSnapshot {
  return new PastSnapshot(data, place);
}

/** An element of the list of `given`. */
export type PastThing = DomainEvent | PastEvent | PastSnapshot;

/** @throws BadScenario for a list that the class cannot have */
export function pastOf(subject: Subject<Actor>, things: readonly PastThing[], now: number): Past {
  const { name, isDurable } = subject;
  if (things.length > 0 && !isDurable) throw new BadScenario(`given: ${name} is volatile and has no past events.`);
  const [first, ...others] = things;
  if (others.some((thing) => thing instanceof PastSnapshot)) {
    throw new BadScenario("given: a pastSnapshot stands first, in place of the events before it.");
  }
  if (!(first instanceof PastSnapshot)) return { facts: factsOf(subject, things as readonly EventLike[], now) };
  return { snapshot: stateOf(subject, first, now), facts: factsOf(subject, others as readonly EventLike[], now) };
}

type EventLike = DomainEvent | PastEvent;

function factsOf({ actorClass, name }: Subject<Actor>, events: readonly EventLike[], now: number): PastFact[] {
  const schemas = (actorClass as { events?: Record<string, number> }).events ?? {};
  return events.map((given) => {
    const { event, schema, time } = given instanceof PastEvent ? given : past(given);
    const known = schema ?? (Object.hasOwn(schemas, event.type) ? schemas[event.type] : undefined);
    if (known === undefined) {
      const types = Object.keys(schemas).join(", ");
      throw new BadScenario(
        `given: ${name} has no event "${event.type}"; there are ${types}. For a retired one use past(event, { schema }).`,
      );
    }
    return { event, schema: known, time: time ?? now };
  });
}

const placeNames: readonly string[] = ["snapshotVersion", "version", "time"] satisfies (keyof SnapshotPlace)[];

function stateOf({ snapshotVersion, name }: Subject<Actor>, { data, place }: PastSnapshot, now: number): StoredState {
  const unknown = Object.keys(place).find((given) => !placeNames.includes(given));
  if (unknown !== undefined) {
    throw new BadScenario(`pastSnapshot: there is no "${unknown}"; there are ${placeNames.join(", ")}.`);
  }
  const { snapshotVersion: schema = snapshotVersion, version = 1, time = now } = place;
  if (!(Number.isSafeInteger(version) && version >= 1)) {
    throw new BadScenario(`pastSnapshot: version is ${version}; use a whole number from 1.`);
  }
  if (!(Number.isSafeInteger(schema) && schema >= 1 && schema <= snapshotVersion)) {
    throw new BadScenario(
      `pastSnapshot: snapshotVersion is ${schema}; ${name} can read 1 to its own ${snapshotVersion}.`,
    );
  }
  return { data, schema, version, time };
}

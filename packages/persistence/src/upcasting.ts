// Old events become today's when they are read; what is stored never changes. The steps of a class are checked once at
// start: whatever older schema a store may hold has a way to the current one.
import type { DomainEvent } from "./events.ts";
import { ReplayFailed, UnknownEvent } from "./errors.ts";

/**
 * Turns one stored event into what it means today: one event, several, or none (`[]`). Pure: no clock, no chance, no I/O.
 * A result of the same type has the next schema, one of another type the current schema of that type. Write down the shape
 * of `old`: nothing else remembers it.
 */
export type Upcaster<Result extends DomainEvent = DomainEvent> = (old: never) => Result | readonly Result[];

/** From schema 1 to 2, from 2 to 3, and so on; the last one ends at today's events. */
export type UpcasterChain<E extends DomainEvent> = readonly [...Upcaster[], Upcaster<E>];

/** For `static readonly upcasters`: for each event type whose schema is above 1, one function per older schema, in order. */
export type Upcasters<E extends DomainEvent> = { readonly [T in E["type"]]?: UpcasterChain<E> };

/** For `static readonly retired`: event types that are only read. One function per schema they ever had, in order. */
export type RetiredEvents<E extends DomainEvent> = {
  readonly [type: string]: UpcasterChain<E>;
} & { readonly [T in E["type"]]?: never };

type Step = (old: DomainEvent) => unknown;

/** What a class says about its events, as it stands in its statics. */
export interface EventStatics {
  readonly events?: unknown;
  readonly upcasters?: unknown;
  readonly retired?: unknown;
}

/** Where an event stands, for errors. */
export interface EventPlace {
  readonly name: string;
  readonly version: number;
}

export class Upcasting {
  readonly #current: ReadonlyMap<string, number>;
  /** Current types and retired ones. */
  readonly #steps: ReadonlyMap<string, readonly Step[]>;

  /** @throws TypeError naming what the class lacks and how to add it */
  constructor(className: string, { events, upcasters, retired }: EventStatics) {
    this.#current = checkEvents(className, events);
    const steps = new Map<string, readonly Step[]>();
    for (const [type, list] of entriesOf(className, "upcasters", upcasters)) {
      if (!this.#current.has(type))
        throw new TypeError(`${className}: static upcasters.${type} is no event of its own.`);
      steps.set(type, checkSteps(`${className}: static upcasters.${type}`, list));
    }
    for (const [type, schema] of this.#current) {
      const count = steps.get(type)?.length ?? 0;
      if (count !== schema - 1) throw new TypeError(wrongCount(className, { type, schema, count }));
    }
    for (const [type, list] of entriesOf(className, "retired", retired)) {
      if (this.#current.has(type)) throw new TypeError(`${className}: static retired.${type} is in static events too.`);
      steps.set(type, checkSteps(`${className}: static retired.${type}`, list));
    }
    this.#steps = steps;
  }

  /** Whether events of this schema mean something: there is a step from it on, or it is today's. */
  #goesOn(type: string, schema: number): boolean {
    return this.#current.get(type) === schema || this.#steps.get(type)?.[schema - 1] !== undefined;
  }

  /** Of an event that may be persisted today. */
  schemaOf(type: string): number | undefined {
    return this.#current.get(type);
  }

  /** @throws UnknownEvent (`PERSISTENCE_UNKNOWN_EVENT`), ReplayFailed (`PERSISTENCE_REPLAY_FAILED`) */
  upcast(event: DomainEvent, schema: number, place: EventPlace): DomainEvent | readonly DomainEvent[] {
    const current = this.#current.get(event.type);
    if (current === schema) return event;
    const known = current ?? this.#steps.get(event.type)?.length;
    if (known === undefined || schema > known) {
      throw new UnknownEvent(place.name, event.type, { version: place.version, schema, known });
    }
    const results: DomainEvent[] = [];
    this.#advance(event, schema, { place, results });
    return results;
  }

  #advance(event: DomainEvent, schema: number, to: { place: EventPlace; results: DomainEvent[] }): void {
    const { type } = event;
    const step = this.#steps.get(type)?.[schema - 1];
    if (step === undefined) return void to.results.push(event);
    try {
      const given: unknown = step(event);
      for (const next of Array.isArray(given) ? (given as readonly unknown[]) : [given]) {
        if (!isEvent(next)) throw new TypeError(`it gave ${JSON.stringify(next) ?? typeof next}, which is no event`);
        if (next.type === type && this.#goesOn(type, schema + 1)) this.#advance(next, schema + 1, to);
        else if (this.#current.has(next.type)) to.results.push(next);
        else throw new TypeError(`it gave event "${next.type}", which is not in static events`);
      }
    } catch (error) {
      if (error instanceof ReplayFailed) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      const cause = new Error(`the upcaster from schema ${schema}: ${detail}`, { cause: error });
      throw new ReplayFailed(to.place.name, { version: to.place.version, eventType: type }, cause);
    }
  }
}

export function isEvent(value: unknown): value is DomainEvent {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

export function isSchemaVersion(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1;
}

function checkEvents(className: string, events: unknown): ReadonlyMap<string, number> {
  if (typeof events !== "object" || events === null) {
    throw new TypeError(
      `${className} must list its events: static readonly events: Events<…> = { somethingHappened: 1 }.`,
    );
  }
  for (const [type, schema] of Object.entries(events)) {
    if (isSchemaVersion(schema)) continue;
    throw new TypeError(
      `${className}: static events.${type} is ${String(schema)}; use its schema version, a whole number from 1.`,
    );
  }
  return new Map(Object.entries(events as Record<string, number>));
}

function entriesOf(className: string, name: "upcasters" | "retired", value: unknown): readonly [string, unknown][] {
  if (value === undefined) return [];
  if (typeof value === "object" && value !== null) return Object.entries(value);
  throw new TypeError(`${className}: static ${name} is a ${typeof value}; use { eventType: [(old) => …] }.`);
}

function checkSteps(what: string, list: unknown): readonly Step[] {
  if (Array.isArray(list) && list.length > 0 && list.every((step) => typeof step === "function")) return list as Step[];
  throw new TypeError(`${what} must be a list of functions: from schema 1 to 2, from 2 to 3, and so on.`);
}

function wrongCount(className: string, of: { type: string; schema: number; count: number }): string {
  const { type, schema, count } = of;
  const wanted = `it takes ${schema - 1}, one per older schema`;
  return `${className}: static events.${type} is ${schema}, static upcasters.${type} lists ${count} functions; ${wanted}.`;
}

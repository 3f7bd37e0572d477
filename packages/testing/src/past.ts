// What an actor has behind it when its test begins.
import type { DomainEvent } from "@aether/persistence";
import type { PastFact } from "@aether/persistence/testing";
import { BadScenario } from "./errors.ts";
import type { Subject } from "./subject.ts";
import type { Actor } from "@aether/actor";

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

/** @throws BadScenario for a list that the class cannot have */
export function factsOf(
  { actorClass, isDurable, name }: Subject<Actor>,
  events: readonly (DomainEvent | PastEvent)[],
  now: number,
): PastFact[] {
  if (events.length > 0 && !isDurable) throw new BadScenario(`given: ${name} is volatile and has no past events.`);
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

// From a stored commit to the events of today's code: decoded, checked and upcasted. Recovery and everything else that
// reads a history goes through here, so that all see the same.
import type { Codecs } from "./codec.ts";
import type { Commit, StoredEvent } from "./commit-format.ts";
import { HistoryDamaged } from "./errors.ts";
import type { DomainEvent, EventMeta } from "./events.ts";
import { isEvent, isSchemaVersion, type Upcasting } from "./upcasting.ts";

export interface EventReader {
  /** Of the actor, for errors. */
  readonly name: string;
  readonly upcasting: Upcasting;
  readonly codecs: Codecs;
}

/**
 * Visits every event of a commit in order. One stored event is one version, whatever it becomes: all results of its
 * upcasters have its version, and one that is dropped leaves its version without an event.
 * @throws HistoryDamaged, UnknownEvent, UnknownCodec, ReplayFailed (from an upcaster), and what `visit` throws
 */
export function readEvents(
  reader: EventReader,
  commit: Commit,
  visit: (event: DomainEvent, meta: EventMeta) => void,
): void {
  const { events, firstVersion } = commit;
  let index = 0;
  for (const turn of commit.turns) {
    if (!isTurn(turn)) throw new HistoryDamaged(reader.name, `a turn in the commit at version ${firstVersion} is none`);
    for (const end = index + turn.events; index < end; index++) {
      const meta = { version: firstVersion + index, time: turn.time };
      const found = readEvent(reader, events[index], meta.version);
      if (!Array.isArray(found)) visit(found as DomainEvent, meta);
      else for (const event of found as readonly DomainEvent[]) visit(event, meta);
    }
  }
  if (index === events.length) return;
  throw new HistoryDamaged(
    reader.name,
    `a commit at version ${firstVersion} has ${events.length} events, its turns have ${index}`,
  );
}

/** One stored event as today's code understands it. @throws as {@link readEvents} */
export function readEvent(
  reader: EventReader,
  stored: StoredEvent | undefined,
  version: number,
): DomainEvent | readonly DomainEvent[] {
  const event = readStored(reader, stored, version);
  return reader.upcasting.upcast(event, (stored as StoredEvent).schema, { name: reader.name, version });
}

/** The event as it is stored: decoded, not upcasted. @throws HistoryDamaged, UnknownCodec */
export function readStored(
  { name, codecs }: Omit<EventReader, "upcasting">,
  stored: StoredEvent | undefined,
  version: number,
): DomainEvent {
  if (stored === undefined) throw new HistoryDamaged(name, `event ${version} is missing from its commit`);
  if (stored === null || !isSchemaVersion(stored.schema)) {
    throw new HistoryDamaged(name, `event ${version} has no schema version`);
  }
  const { codec } = stored;
  const event =
    codec === undefined ? stored.event : codecs.decode(codec, stored.event, { actor: name, what: `event ${version}` });
  if (!isEvent(event)) throw new HistoryDamaged(name, `event ${version} has no type`);
  return event;
}

export function isTurn(turn: unknown): boolean {
  const { events, time, command } = (turn ?? {}) as { events?: unknown; time?: unknown; command?: unknown };
  const isNamed = command === undefined || typeof command === "string";
  return Number.isSafeInteger(events) && (events as number) >= 0 && Number.isFinite(time) && isNamed;
}

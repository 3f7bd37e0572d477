// Stored commits as a list of what happened, for whoever is told of them. One event that cannot be read does not take the
// others of its commit with it.
import type { ActorClass } from "@aether/actor";
import { type Codec, Codecs } from "./codec.ts";
import { type Commit, decodeCommit, type StoredEvent } from "./commit-format.ts";
import type { ActorKey, Token } from "./contracts/event-store.ts";
import { HistoryDamaged } from "./errors.ts";
import { isTurn, readEvent, readStored } from "./event-reading.ts";
import { EventSourcedClass } from "./event-sourced-class.ts";
import type { DomainEvent } from "./events.ts";

interface ReadAt {
  /** Of the actor. */
  readonly version: number;
  /** Milliseconds since the epoch when its command ran. */
  readonly time: number;
  readonly commandId: string | undefined;
  /** Who stored it. */
  readonly node: string;
  /** Of the event as it is stored. */
  readonly storedType: string | undefined;
  readonly schema: number | undefined;
}

export interface ReadEvent extends ReadAt {
  readonly event: DomainEvent;
  /** Which of the events that an upcaster made of the stored one, from 0. */
  readonly part: number;
}

export interface UnreadableEvent extends ReadAt {
  readonly cause: Error;
}

export interface ReadCommit {
  /** The token of the actor's commit before it, 0 for the first. */
  readonly after: Token;
  readonly events: readonly (ReadEvent | UnreadableEvent)[];
}

export class CommitReader {
  readonly #info: EventSourcedClass | undefined;
  readonly #codecs: Codecs;

  /**
   * @param actorClass upcasts; without it events are given as they are stored
   * @throws TypeError for a class or codec that is none
   */
  constructor(actorClass: ActorClass | undefined, codec?: Codec | readonly Codec[]) {
    this.#codecs = new Codecs(codec);
    this.#info = actorClass && new EventSourcedClass(actorClass, this.#codecs);
  }

  /** @throws HistoryDamaged (`PERSISTENCE_HISTORY_DAMAGED`) when nothing of the commit can be read */
  read(actor: ActorKey, bytes: Uint8Array): ReadCommit {
    const name = `${actor.type}/${actor.id}`;
    const commit = decodeCommit(bytes, actor, name);
    const found: (ReadEvent | UnreadableEvent)[] = [];
    let index = 0;
    for (const turn of commit.turns) {
      if (!isTurn(turn))
        throw new HistoryDamaged(name, `a turn in the commit at version ${commit.firstVersion} is none`);
      for (const end = index + turn.events; index < end; index++) {
        const at = placeOf(commit, index, { time: turn.time, commandId: turn.command });
        found.push(...this.#readOne(name, commit.events[index], at));
      }
    }
    return { after: commit.after, events: found };
  }

  #readOne(name: string, stored: StoredEvent | undefined, at: ReadAt): readonly (ReadEvent | UnreadableEvent)[] {
    try {
      const reader = { name, codecs: this.#codecs };
      const events =
        this.#info === undefined
          ? readStored(reader, stored, at.version)
          : readEvent({ ...reader, upcasting: this.#info.upcasting }, stored, at.version);
      if (!Array.isArray(events)) return [{ ...at, event: events as DomainEvent, part: 0 }];
      return (events as readonly DomainEvent[]).map((event, part) => ({ ...at, event, part }));
    } catch (error) {
      return [{ ...at, cause: error as Error }];
    }
  }
}

function placeOf(
  { firstVersion, events, node }: Commit,
  index: number,
  turn: { readonly time: number; readonly commandId: string | undefined },
): ReadAt {
  const stored = events[index] as Partial<StoredEvent> | null | undefined;
  const type = stored?.type ?? (stored?.event as Partial<DomainEvent> | null | undefined)?.type;
  const storedType = typeof type === "string" ? type : undefined;
  return { version: firstVersion + index, ...turn, node, storedType, schema: stored?.schema };
}

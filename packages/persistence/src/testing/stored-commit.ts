// Puts a commit into a store as if an actor had persisted it, for tests of what reads stored events.
import { decodeCommit, encodeCommit } from "../commit-format.ts";
import type { ActorKey, AppendOutcome, EventStore, Token } from "../contracts/event-store.ts";
import type { DomainEvent } from "../events.ts";
import { TextRun } from "../text-run.ts";

export interface PlainCommit {
  /** The token that it follows, 0 for the first. */
  readonly after: Token;
  readonly firstVersion: number;
  readonly events: readonly DomainEvent[];
  /** Of all events. @default 1 */
  readonly schema?: number;
  /** Milliseconds since the epoch. @default 0 */
  readonly time?: number;
  /** The command that persisted them. */
  readonly command?: string;
}

/** One turn with all the events. */
export function storeCommit(store: EventStore, actor: ActorKey, commit: PlainCommit): Promise<AppendOutcome> {
  const { after, firstVersion, events, schema = 1, time = 0, command } = commit;
  const header = { id: `plain.${firstVersion}`, actor, after, firstVersion, time, node: "plain", epoch: 1 };
  const texts = events.map((event) => JSON.stringify({ schema, event }));
  const json = JSON.stringify({ command, events: events.length, time });
  return store.append(
    actor,
    after,
    encodeCommit(header, { events: new TextRun(texts.join(",")), turns: new TextRun(json) }),
  );
}

/** Whether it is the commit without a turn by which a writer takes over from another, as the first of an activation. */
export function isTakeover(actor: ActorKey, bytes: Uint8Array): boolean {
  const { turns, tombstone } = decodeCommit(bytes, actor, `${actor.type}/${actor.id}`);
  return turns.length === 0 && tombstone !== true;
}

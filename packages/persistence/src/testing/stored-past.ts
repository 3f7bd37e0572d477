// Puts events into a store as if an actor had persisted them long ago: one commit each, written by a node of its own.
import { type Codec, Codecs } from "../codec.ts";
import { encodeCommit } from "../commit-format.ts";
import { TextRun } from "../text-run.ts";
import type { ActorKey, EventStore, Token } from "../contracts/event-store.ts";
import type { DomainEvent } from "../events.ts";

/** One event that the actor is to have. */
export interface PastFact {
  readonly event: DomainEvent;
  /** The version of its schema then. */
  readonly schema: number;
  /** Milliseconds since the epoch when its command ran. */
  readonly time: number;
}

/** @param codec as for `persistence` @throws Error when the store does not take one: the actor has no commit yet */
export async function storePast(
  store: EventStore,
  actor: ActorKey,
  facts: readonly PastFact[],
  codec?: Codec | readonly Codec[],
): Promise<void> {
  const codecs = new Codecs(codec);
  let after: Token = 0;
  for (const [i, { event, schema, time }] of facts.entries()) {
    const version = i + 1;
    const header = { id: `past.${version}`, actor, after, firstVersion: version, time, node: "past", epoch: 0 };
    const { text } = codecs.encodeEvent(event, schema);
    const json = JSON.stringify({ events: 1, time });
    const outcome = await store.append(
      actor,
      after,
      encodeCommit(header, { events: new TextRun(text), turns: new TextRun(json) }),
    );
    if (outcome.type !== "committed") throw new Error(`event ${version} was not stored: ${outcome.type}`);
    after = outcome.token;
  }
}

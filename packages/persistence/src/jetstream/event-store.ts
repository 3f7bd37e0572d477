// Events in JetStream: one message is one commit, its stream sequence is its token.
import type { Link, StoredMessage } from "@aether/nats";
import type { ActorKey, AppendOutcome, EventStore, StoredCommit, Token } from "../contracts/event-store.ts";
import { jetstreamManager } from "@nats-io/jetstream";
import { StoreClosed } from "../errors.ts";
import { appendFenced } from "./fenced-append.ts";
import type { StreamPlace } from "./layout.ts";

/** Room for the headers of one message. */
export const headerRoomBytes = 512;

export interface JetStreamParts {
  readonly link: Link;
  readonly place: StreamPlace;
  readonly replicas: number;
}

export class JetStreamEventStore implements EventStore {
  readonly limits: EventStore["limits"];
  readonly #parts: JetStreamParts;
  #isClosed = false;

  constructor(parts: JetStreamParts) {
    this.#parts = parts;
    this.limits = { maxCommitBytes: parts.link.maxPayloadBytes - headerRoomBytes };
  }

  /** A direct get may come from a replica that is behind: with several, the leader is asked. */
  async head(actor: ActorKey): Promise<StoredCommit | undefined> {
    const { link, place, replicas } = this.#open();
    const subject = place.subjectOf(actor);
    const last = replicas > 1 ? link.getLastFromLeader(place.stream, subject) : link.getLast(place.stream, subject);
    return toCommit(await last);
  }

  async append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
    const { link, place } = this.#open();
    const maxBytes = this.limits.maxCommitBytes;
    return appendFenced(link, { stream: place.stream, subject: place.subjectOf(actor), after, bytes, maxBytes });
  }

  async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<readonly StoredCommit[]> {
    const { link, place } = this.#open();
    if (range.upTo <= range.after) return;
    const span = { fromSequence: range.after + 1, upToSequence: range.upTo };
    for await (const page of link.readFrom(place.stream, place.subjectOf(actor), span)) {
      yield page.map((message) => ({ token: message.sequence, bytes: message.data }));
    }
  }

  async truncate(actor: ActorKey, before: Token): Promise<void> {
    const { link, place } = this.#open();
    const filter = place.subjectOf(actor);
    const last = await link.getLastFromLeader(place.stream, filter);
    if (last === undefined) return;
    const manager = await jetstreamManager(link.connection);
    await manager.streams.purge(place.stream, { filter, seq: Math.min(before, last.sequence) });
  }

  async *list(): AsyncIterable<readonly ActorKey[]> {
    const { link, place } = this.#open();
    const manager = await jetstreamManager(link.connection);
    const { state } = await manager.streams.info(place.stream, { subjects_filter: place.subjects });
    yield Object.keys(state.subjects ?? {}).map((subject) => place.actorOf(subject));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #open(): JetStreamParts {
    if (this.#isClosed) throw new StoreClosed("JetStream event");
    return this.#parts;
  }
}

function toCommit(message: StoredMessage | undefined): StoredCommit | undefined {
  return message && { token: message.sequence, bytes: message.data };
}

// Snapshots in a JetStream stream of their own, the newest few of each actor; the server lets the older ones go.
import type { ActorKey, AppendOutcome, Token } from "../contracts/event-store.ts";
import type { SnapshotStore, StoredSnapshot } from "../contracts/snapshot-store.ts";
import { StoreClosed } from "../errors.ts";
import { headerRoomBytes, type JetStreamParts } from "./event-store.ts";
import { appendFenced } from "./fenced-append.ts";

export class JetStreamSnapshotStore implements SnapshotStore {
  readonly limits: SnapshotStore["limits"];
  readonly #parts: JetStreamParts;
  #isClosed = false;

  constructor(parts: JetStreamParts) {
    this.#parts = parts;
    this.limits = { maxSnapshotBytes: parts.link.maxPayloadBytes - headerRoomBytes };
  }

  /** The newest by direct get: one that is a little behind only makes the replay longer. */
  async load(actor: ActorKey, before?: Token): Promise<StoredSnapshot | undefined> {
    const { link, place } = this.#open();
    const subject = place.subjectOf(actor);
    if (before === undefined) {
      const last = await link.getLast(place.stream, subject);
      return last && { token: last.sequence, bytes: last.data };
    }
    return this.#lastBelow(subject, before);
  }

  async save(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
    const { link, place } = this.#open();
    const maxBytes = this.limits.maxSnapshotBytes;
    return appendFenced(link, { stream: place.stream, subject: place.subjectOf(actor), after, bytes, maxBytes });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  async #lastBelow(subject: string, before: Token): Promise<StoredSnapshot | undefined> {
    const { link, place } = this.#open();
    const newest = await link.getLastFromLeader(place.stream, subject);
    if (newest === undefined) return undefined;
    let found: StoredSnapshot | undefined;
    for await (const page of link.readFrom(place.stream, subject, { fromSequence: 1, upToSequence: newest.sequence })) {
      for (const { sequence, data } of page) if (sequence < before) found = { token: sequence, bytes: data };
    }
    return found;
  }

  #open(): JetStreamParts {
    if (this.#isClosed) throw new StoreClosed("JetStream snapshot");
    return this.#parts;
  }
}

// Snapshots in a JetStream stream of their own, the newest few of each actor; the server lets the older ones go.
import { type Link, maxAppendHeaderBytes } from "@aether/nats";
import type { ActorKey, AppendOutcome, Token } from "../contracts/event-store.ts";
import type { SnapshotStore, StoredSnapshot } from "../contracts/snapshot-store.ts";
import { StoreClosed } from "../errors.ts";
import { appendFenced } from "./fenced-append.ts";
import type { StreamPlace } from "./layout.ts";

export interface SnapshotStoreParts {
  readonly link: Link;
  readonly place: StreamPlace;
  /** Whether a direct get may be answered by a replica that is behind. */
  readonly isReplicated: boolean;
}

export class JetStreamSnapshotStore implements SnapshotStore {
  readonly limits: SnapshotStore["limits"];
  readonly #parts: SnapshotStoreParts;
  #isClosed = false;

  constructor(parts: SnapshotStoreParts) {
    this.#parts = parts;
    this.limits = { maxSnapshotBytes: parts.link.maxPayloadBytes - maxAppendHeaderBytes };
  }

  /**
   * With several replicas the leader is asked: one that is behind could show a snapshot so old that the events behind it
   * have been truncated, or none at all.
   */
  async load(actor: ActorKey, before?: Token): Promise<StoredSnapshot | undefined> {
    const { link, place, isReplicated } = this.#open();
    const subject = place.subjectOf(actor);
    if (before !== undefined) return this.#lastBelow(subject, before);
    const { stream } = place;
    const last = await (isReplicated ? link.getLastFromLeader(stream, subject) : link.getLast(stream, subject));
    return last && { token: last.sequence, bytes: last.data };
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

  #open(): SnapshotStoreParts {
    if (this.#isClosed) throw new StoreClosed("JetStream snapshot");
    return this.#parts;
  }
}

// Events in JetStream: one message is one commit, its stream sequence is its token.
import { type Link, maxAppendHeaderBytes, type StoredMessage } from "@aether/nats";
import type { ActorKey, AppendOutcome, EventStore, StoredAt, StoredCommit, Token } from "../contracts/event-store.ts";
import { jetstreamManager } from "@nats-io/jetstream";
import { StoreClosed } from "../errors.ts";
import { appendFenced, type FencedAppend, settledByLeader } from "./fenced-append.ts";
import { Followers } from "./following.ts";
import { partitionOf, partitions, type StreamPlace } from "./layout.ts";
import type { PartitionMap } from "./partition-map.ts";
import { readAhead } from "./read-ahead.ts";
import { type KnownActor, raise, VersionCache } from "./version-cache.ts";

export interface EventStoreParts {
  readonly link: Link;
  readonly place: StreamPlace;
  readonly map: PartitionMap;
  /** Whether a direct get may be answered by a replica that is behind. */
  readonly isReplicated: boolean;
  readonly maxCachedActors: number;
  readonly warn: (message: string) => void;
}

export class JetStreamEventStore implements EventStore {
  readonly limits: EventStore["limits"];
  /** A hint to where actors stand; what is in it never decides an outcome. */
  readonly versionCache: VersionCache;
  readonly #parts: EventStoreParts;
  readonly #followers: Followers;
  #isClosed = false;

  constructor(parts: EventStoreParts) {
    const { link, place, map, warn, maxCachedActors } = parts;
    this.#parts = parts;
    this.limits = { maxCommitBytes: link.maxPayloadBytes - maxAppendHeaderBytes };
    this.versionCache = new VersionCache((actor) => {
      const partition = partitionOf(actor);
      return { stream: streamOf(map, partition), subject: place.subjectOf(actor, partition) };
    }, maxCachedActors);
    const onStored = ({ actor, token }: StoredAt): void => this.updateVersionCache(actor, token);
    const actorOf = (subject: string): ActorKey => place.actorOf(subject);
    this.#followers = new Followers({ link, streams: map.streams, actorOf, onStored, warn });
  }

  /** Whoever hears of a stored commit may tell: it saves an append that is doomed. */
  updateVersionCache(actor: ActorKey, token: Token): void {
    this.versionCache.update(actor, token);
  }

  /** A direct get may come from a replica that is behind: with several, the leader is asked. */
  async head(actor: ActorKey): Promise<StoredCommit | undefined> {
    const { link, isReplicated } = this.#open();
    const known = this.versionCache.knownOf(actor);
    const { stream, subject } = known;
    const last = await (isReplicated ? link.getLastFromLeader(stream, subject) : link.getLast(stream, subject));
    if (last !== undefined) raise(known, last.sequence);
    return toCommit(last);
  }

  /** Not `async`: each such frame is a tenth of the memory that a small commit takes. */
  append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome> {
    if (this.#isClosed) return Promise.reject(new StoreClosed("JetStream event"));
    const known = this.versionCache.lookUp(actor);
    const { stream, subject } = known;
    const append = { stream, subject, after, bytes, maxBytes: this.limits.maxCommitBytes, known };
    const isLate = known.token > after && bytes.length <= append.maxBytes;
    return isLate ? this.#appendLate(append, known) : appendFenced(this.#parts.link, append);
  }

  /** The publish would be refused; what stands there is what would be asked next. Only a commit that is shown counts. */
  async #appendLate(append: FencedAppend, known: KnownActor): Promise<AppendOutcome> {
    const { link } = this.#parts;
    const settled = await settledByLeader(link, append);
    if (settled !== undefined) {
      this.versionCache.onSpared();
      return settled;
    }
    this.versionCache.onWrong(known);
    return appendFenced(link, append);
  }

  /** With several replicas the leader says where to begin: one that is behind may still have what was truncated. */
  async *read(actor: ActorKey, range: { after: Token; upTo: Token }): AsyncIterable<readonly StoredCommit[]> {
    const { link, isReplicated } = this.#open();
    if (range.upTo <= range.after) return;
    const { stream, subject } = this.versionCache.knownOf(actor);
    const from = range.after + 1;
    const first = isReplicated ? await link.getNextFromLeader(stream, subject, from) : undefined;
    const span = { fromSequence: first?.sequence ?? from, upToSequence: range.upTo };
    for await (const page of readAhead(link.readFrom(stream, subject, span))) {
      yield page.map((message) => ({ token: message.sequence, bytes: message.data }));
    }
  }

  /** The leader says which commit is the last: one that lies on a replica that is behind could be cut off itself. */
  async truncate(actor: ActorKey, before: Token): Promise<void> {
    const { link } = this.#open();
    if (before <= 1) return; // nothing is below; to the server 0 means "all", the fence with it
    const { stream, subject } = this.versionCache.knownOf(actor);
    const last = await link.getLastFromLeader(stream, subject);
    if (last === undefined) return;
    const manager = await jetstreamManager(link.connection, { checkAPI: false });
    await manager.streams.purge(stream, { filter: subject, seq: Math.min(before, last.sequence) });
  }

  /** By partition: an answer of the server names 100,000 subjects at most, and its pages shift while actors are added. */
  async *list(): AsyncIterable<readonly ActorKey[]> {
    const { link, place, map } = this.#open();
    const manager = await jetstreamManager(link.connection, { checkAPI: false });
    for (let partition = 0; partition < partitions; partition++) {
      const filter = { subjects_filter: place.subjectsOf(partition) };
      const { state } = await manager.streams.info(streamOf(map, partition), filter);
      const actors = Object.keys(state.subjects ?? {}).map((subject) => place.actorOf(subject));
      if (actors.length > 0) yield actors;
    }
  }

  async follow(listener: (stored: StoredAt) => void): Promise<() => Promise<void>> {
    this.#open();
    return this.#followers.add(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#followers.close();
  }

  #open(): EventStoreParts {
    if (this.#isClosed) throw new StoreClosed("JetStream event");
    return this.#parts;
  }
}

function streamOf({ streams, partitions: of }: PartitionMap, partition: number): string {
  return streams[of[partition] as number] as string;
}

function toCommit(message: StoredMessage | undefined): StoredCommit | undefined {
  return message && { token: message.sequence, bytes: message.data };
}

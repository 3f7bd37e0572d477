// The history of one actor, read from the store alone: nothing is activated, no `onStart` runs, nothing is written. What it
// says is folded by the same code as in recovery, upcasting included.
import { type AetherError, shown } from "@aether/actor";
import { type Birth, type Commit, decodeCommit, lastVersion } from "./commit-format.ts";
import type { ActorKey, StoredCommit, Token } from "./contracts/event-store.ts";
import type { OpenStores } from "./contracts/backend.ts";
import { HistoryDamaged, HistoryLost, ReplayFailed, VersionNotReached } from "./errors.ts";
import type { EventSourcedActor } from "./event-sourced-actor.ts";
import type { EventSourcedClass } from "./event-sourced-class.ts";
import type { DomainEvent } from "./events.ts";
import { fold, type Folding } from "./folding.ts";
import { defaultHorizon } from "./named-commands.ts";
import { RememberedCommands } from "./remembered-commands.ts";
import { checkOptionNames } from "./option-names.ts";
import { birthOf } from "./replaying.ts";
import type { Snapshot } from "./snapshot-format.ts";
import { findSnapshot } from "./snapshot-search.ts";

/** One event of the past, as the present code understands it. */
export interface PastEvent<E extends DomainEvent = DomainEvent> {
  readonly event: E;
  /** Of the actor, from 1. */
  readonly version: number;
  /** Milliseconds since the epoch when its command ran, by the clock of the node that ran it. */
  readonly time: number;
  /** The node that stored it. */
  readonly node: string;
}

export interface PastRange {
  /** First version. @default 1, or the first one since the actor was last deleted */
  readonly from?: number;
  /** Last version. @default the last one that is stored */
  readonly to?: number;
}

/** A moment of the past: `atVersion`, or `atTime` (milliseconds since the epoch, or a `Date`); neither: the present. */
export interface PastMoment {
  readonly atVersion?: number;
  readonly atTime?: number | Date;
}

export interface CapturedPast<S> {
  readonly state: S;
  readonly version: number;
  /** Of its last event, or of the snapshot that has it as its last; `undefined` where there is neither. */
  readonly time: number | undefined;
}

/** Of one actor, since it was last deleted. Each call reads the store anew. */
export interface History<A extends EventSourcedActor<DomainEvent>> {
  /**
   * The events in order. @throws HistoryLost (`PERSISTENCE_HISTORY_LOST`) when the first of them was deleted by retention,
   * VersionNotReached (`PERSISTENCE_VERSION_NOT_REACHED`) for `to` beyond the last one
   */
  events(range?: PastRange): AsyncIterable<PastEvent<EventOf<A>>>;
  /**
   * The state as it was: the newest usable snapshot that is not too new, and the events behind it. `atTime` takes the events
   * before the first one that is later than that. @throws as `events`; ReplayFailed when `apply` throws
   */
  captureState(moment?: PastMoment): Promise<CapturedPast<A["state"]>>;
}

export type EventOf<A> = A extends EventSourcedActor<infer E> ? E : never;

export interface HistoryParts {
  readonly key: ActorKey;
  readonly info: EventSourcedClass;
  readonly stores: OpenStores;
  /** Makes an object to fold into; it is bound to nothing. */
  create(): EventSourcedActor<DomainEvent>;
}

/** As far as the history goes. */
interface Extent {
  readonly head: Token;
  readonly version: number;
  readonly born: Birth;
}

type Sink = Pick<Folding, "apply">;

export class StoredHistory<A extends EventSourcedActor<DomainEvent>> implements History<A> {
  readonly #parts: HistoryParts;
  readonly #name: string;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    this.#name = `${parts.key.type}/${parts.key.id}`;
  }

  async *events(range: PastRange = {}): AsyncIterable<PastEvent<EventOf<A>>> {
    checkOptionNames("events", range, ["from", "to"]);
    const { from, to } = range;
    checkVersion("events", "from", from, 1);
    checkVersion("events", "to", to, 0);
    const extent = await this.#extent();
    const last = to ?? extent.version;
    if (last > extent.version) throw new VersionNotReached(this.#name, last, extent.version);
    const [, before] = extent.born;
    if ((from ?? before + 1) <= before || last < before) throw new HistoryLost(this.#name, before + 1);
    const first = from ?? before + 1;
    let found: PastEvent[] = [];
    let node = "";
    const sink: Sink = {
      apply: (event, { version, time }) => {
        if (version >= first && version <= last) found.push({ event, version, time, node });
      },
    };
    let version: number | undefined;
    for await (const { commit } of this.#commits(extent, extent.born[0])) {
      version = this.#follow(commit, version ?? this.#beginning(commit, first, extent));
      if (commit.firstVersion > last) return;
      if (lastVersion(commit) < first) continue;
      node = commit.node;
      fold(this.#folding(sink), commit, commit.firstVersion - 1);
      yield* found as PastEvent<EventOf<A>>[];
      found = [];
    }
  }

  async captureState(moment: PastMoment = {}): Promise<CapturedPast<A["state"]>> {
    const { atVersion, atTime } = checkMoment(moment);
    const extent = await this.#extent();
    if (atVersion > extent.version) {
      if (atVersion !== Number.POSITIVE_INFINITY) throw new VersionNotReached(this.#name, atVersion, extent.version);
    }
    if (atVersion < extent.born[1]) throw new HistoryLost(this.#name, extent.born[1] + 1);
    const actor = this.#parts.create();
    const snapshot = await this.#snapshot(extent, { atVersion, atTime });
    if (snapshot !== undefined) this.#restore(actor, snapshot);
    const reached: { version: number; time: number | undefined } = {
      version: snapshot?.version ?? extent.born[1],
      time: snapshot?.time,
    };
    let isOver = false;
    const sink: Sink = {
      apply(event, meta) {
        if (isOver) return;
        isOver = meta.version > atVersion || meta.time > atTime;
        if (isOver) reached.version = meta.version - 1; // upcasters may drop events: a version need not be seen here
        else {
          actor.apply(event, meta);
          reached.time = meta.time;
        }
      },
    };
    let { version } = reached;
    for await (const { commit } of this.#commits(extent, snapshot?.token ?? extent.born[0])) {
      if (commit.firstVersion > version + 1) throw this.#gap(commit, version, extent);
      if (isOver || commit.firstVersion > atVersion) break;
      fold(this.#folding(sink), commit, version);
      version = lastVersion(commit);
      if (!isOver) reached.version = version;
    }
    return { state: actor.state, ...reached, version: Math.min(reached.version, atVersion) };
  }

  async #extent(): Promise<Extent> {
    const { key, stores } = this.#parts;
    const stored = await stores.events.head(key);
    if (stored === undefined) return { head: 0, version: 0, born: [0, 0] };
    const commit = decodeCommit(stored.bytes, key, this.#name);
    return { head: stored.token, version: lastVersion(commit), born: birthOf({ stored, commit }) ?? [0, 0] };
  }

  async *#commits(extent: Extent, after: Token): AsyncIterable<{ stored: StoredCommit; commit: Commit }> {
    const { key, stores } = this.#parts;
    if (extent.head <= after) return;
    for await (const page of stores.events.read(key, { after, upTo: extent.head })) {
      for (const stored of page) yield { stored, commit: decodeCommit(stored.bytes, key, this.#name) };
    }
  }

  async #snapshot(
    { head, version: last, born }: Extent,
    moment: { readonly atVersion: number; readonly atTime: number },
  ): Promise<Snapshot | undefined> {
    const { key, info, stores } = this.#parts;
    const reader = {
      services: { stores },
      key,
      name: this.#name,
      codecs: info.codecs,
      refusesSchema: (schema: number) => info.refusesSchema(schema),
    };
    const newest = await stores.snapshots.load(key);
    const isOfThen = ({ version, time }: Snapshot): boolean => version <= moment.atVersion && time <= moment.atTime;
    const found = await findSnapshot(reader, newest, { head, version: last, born: born[0] }, isOfThen);
    if (found.isAhead && (await stores.events.head(key)) === undefined) throw new HistoryLost(this.#name, undefined);
    return found.usable;
  }

  #restore(actor: EventSourcedActor<DomainEvent>, { state, schema, version }: Snapshot): void {
    try {
      actor.restore(state, schema);
    } catch (error) {
      throw new ReplayFailed(this.#name, { version, eventType: "(snapshot)" }, error);
    }
  }

  #folding(sink: Sink): Folding {
    const { info } = this.#parts;
    return {
      name: this.#name,
      upcasting: info.upcasting,
      codecs: info.codecs,
      commands: new RememberedCommands(defaultHorizon),
      apply: (event, meta) => sink.apply(event, meta),
    };
  }

  /** The version before the first commit that is read. */
  #beginning(commit: Commit, first: number, { born }: Extent): number {
    const before = commit.firstVersion - 1;
    if (first <= before && before > born[1]) throw new HistoryLost(this.#name, commit.firstVersion);
    return before;
  }

  #follow(commit: Commit, version: number): number {
    if (commit.firstVersion === version + 1) return lastVersion(commit);
    throw this.#damaged(commit, version);
  }

  #gap(commit: Commit, version: number, { born }: Extent): AetherError {
    return version === born[1] ? new HistoryLost(this.#name, commit.firstVersion) : this.#damaged(commit, version);
  }

  #damaged({ firstVersion }: Commit, version: number): AetherError {
    return new HistoryDamaged(this.#name, `after version ${version} comes a commit that begins with ${firstVersion}`);
  }
}

function checkMoment(moment: PastMoment): { readonly atVersion: number; readonly atTime: number } {
  checkOptionNames("captureState", moment, ["atVersion", "atTime"]);
  const { atVersion, atTime } = moment;
  if (atVersion !== undefined && atTime !== undefined) {
    throw new TypeError("captureState: atVersion and atTime are both given; use one of them.");
  }
  checkVersion("captureState", "atVersion", atVersion, 0);
  const time = typeof atTime === "object" ? atTime.getTime() : atTime;
  if (time !== undefined && !Number.isFinite(time)) {
    throw new RangeError(`captureState: atTime is ${String(atTime)}; use a Date, or milliseconds since the epoch.`);
  }
  return { atVersion: atVersion ?? Number.POSITIVE_INFINITY, atTime: time ?? Number.POSITIVE_INFINITY };
}

function checkVersion(owner: string, option: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return;
  throw new RangeError(`${owner}: ${option} is ${shown(value)}; use a whole number from ${least}.`);
}

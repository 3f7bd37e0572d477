// What a store has to tell so that an event bus can stand on it: everything that is stored, in order, from any place on.
// A store has one stream or several; an actor's commits are all in one of them.
import type { ActorKey } from "./event-store.ts";

export interface LoggedCommit {
  readonly actor: ActorKey;
  /** Its place in the stream, which is its token: above 0, growing, gaps allowed. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** A commit that is told as it is stored. */
export interface ToldCommit extends LoggedCommit {
  /** The position of the one told before it, or where following began. A larger one: what lies between was lost. */
  readonly previous: number;
}

/** Of which actors: all, those of a type, or one. */
export interface LogFilter {
  readonly type?: string;
  /** Only together with `type`. */
  readonly id?: string;
}

export interface LogListener {
  /** `bytes` may be a view of a larger buffer. */
  stored(commit: ToldCommit): void;
  /** The stream ends with `last` now, before what was told already, or is another one of the same name. */
  setBack(last: number): void;
}

/** Positions between which a stream holds commits. Of an empty stream `first` is `last` + 1. */
export interface LogBounds {
  readonly first: number;
  readonly last: number;
}

export interface EventLog {
  /** How many streams there are; they are numbered from 0. */
  readonly streams: number;
  /** The stream of an actor. */
  streamOf(actor: ActorKey): number;
  /** As the stream's leader knows them. */
  bounds(stream: number): Promise<LogBounds>;
  /** The position before the first commit that was stored at that time or later. */
  before(stream: number, time: Date): Promise<number>;
  /**
   * The commits that match with `after` < position, in order, in pages, at least up to position `upTo`, which the stream
   * is known to have reached.
   */
  read(
    stream: number,
    range: { readonly after: number; readonly upTo: number },
    filter: LogFilter,
  ): AsyncIterable<readonly LoggedCommit[]>;
  /**
   * Tells what is stored behind `after`, over lost connections too, until the returned function is called. Resolves when
   * it is subscribed. What was lost on the way shows in `previous`; whoever needs it follows again from there.
   */
  follow(stream: number, after: number, listener: LogListener): Promise<() => Promise<void>>;
}

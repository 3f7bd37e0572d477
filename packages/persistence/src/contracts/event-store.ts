// What a store of events has to do, and nothing else: keep byte strings per actor, in order, behind a fence. What is in
// them (versions, events, ids, checksums) is worked out by the runtime in one place, so a backend stays dumb.

/** An actor as stores know it; an `ActorAddress` is one. */
export interface ActorKey {
  readonly type: string;
  readonly id: string;
}

/**
 * The store's own number for a stored commit: above 0, and growing from commit to commit of one actor, gaps allowed. 0
 * stands for "before the first". It is the fence: an append names the token that it must follow.
 */
export type Token = number;

export interface StoredCommit {
  readonly token: Token;
  readonly bytes: Uint8Array;
  /**
   * Of all who might append behind this token, whoever stored it and whoever was given it as a head, nobody is left but
   * the asker; and whoever opens the store later is not told so of this token. The runtime then builds on it without a
   * commit of its own, which would refuse the others. Only a head need say so, and only a store that one process has to
   * itself can, as long as that process has not opened it twice.
   */
  readonly isOrphaned?: boolean;
}

/** Where a commit was stored. */
export interface StoredAt {
  readonly actor: ActorKey;
  readonly token: Token;
}

/** Stored, now or by an earlier try. */
export interface Committed {
  readonly type: "committed";
  readonly token: Token;
}

/** Certainly not stored, and never will be: too large, no space left. */
export interface Rejected {
  readonly type: "rejected";
  readonly reason: string;
}

/** Certainly not stored: a commit of other bytes stands right after the expected token. */
export interface Conflict {
  readonly type: "conflict";
}

export type AppendOutcome = Committed | Rejected | Conflict;

/** Every call settles within a bounded time: one that does not holds up its actor. */
export interface EventStore {
  readonly limits: { readonly maxCommitBytes: number };
  /** The last commit, as the store's leader knows it at some moment during the call; `undefined` when there is none. */
  head(actor: ActorKey): Promise<StoredCommit | undefined>;
  /**
   * Stores the bytes right after the commit with token `after`, or not at all. Whatever is thrown means *unknown*: it may be
   * stored, now or later. The runtime then repeats the same call, so equal bytes that already stand right after `after` are
   * `committed` (with the token they got), whatever stands behind them. `bytes` is a view into a larger buffer that others
   * use as well: the store copies it before it settles, and never changes, transfers or keeps it.
   */
  append(actor: ActorKey, after: Token, bytes: Uint8Array): Promise<AppendOutcome>;
  /**
   * The commits with `after` < token ≤ `upTo`, in order, in pages of any size; none if `upTo` ≤ `after`. Otherwise `upTo` is the
   * token of a commit of this actor, such as its head: a store that does not come to see it throws.
   */
  read(actor: ActorKey, range: { readonly after: Token; readonly upTo: Token }): AsyncIterable<readonly StoredCommit[]>;
  /**
   * Lets go of the commits with a token below `before`, and never of the last one: it is the fence. A call that throws may
   * be repeated. What is left keeps its tokens, and no token is ever given again.
   */
  truncate(actor: ActorKey, before: Token): Promise<void>;
  /** Every actor that has a commit, each once, in no order, in pages of any size. What is stored meanwhile may be missing. */
  list(): AsyncIterable<readonly ActorKey[]>;
  /**
   * Calls `listener` with what is stored from now on, by any connection: per actor in order, gaps allowed, each at least
   * once. A hint for caches, never a history: what was missed is not made up for. What a listener throws goes nowhere but
   * into a warning. Absent where a store cannot tell.
   * @returns the function that ends it
   */
  follow?(listener: (stored: StoredAt) => void): Promise<() => Promise<void>>;
  /** Lets go of what the store holds open. Later calls throw. */
  close(): Promise<void>;
}

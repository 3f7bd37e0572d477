// What a link is: the contract that stores and the cluster are written against, and that a simulation replaces. Types
// only. Invariant: every call ends, with its result or with an error that says what is known.
import type { NatsConnection } from "@nats-io/transport-node";
import type { AppendOutcome } from "./append.ts";
import type { LinkMessage, StoredMessage } from "./message.ts";
import type { ReadRange } from "./page-read.ts";
import type { LinkStatus } from "./status.ts";

/** An address on the link's own inbox to which many answers may come. */
export interface ReplyAddress {
  /** May be continued by `.` and a token of the caller's, which comes back in `message.subject`. */
  readonly subject: string;
  /** What arrives afterwards is dropped. */
  close(): void;
}

/** One connection to NATS with exact outcomes. */
export interface Link extends AsyncDisposable {
  /** For administration with `@nats-io/jetstream` and `@nats-io/kv`. Closing it closes the link. */
  readonly connection: NatsConnection;
  /** The largest message with headers that the server takes. */
  readonly maxPayloadBytes: number;
  readonly serverVersion: string;
  readonly isConnected: boolean;

  /**
   * One fenced append. `expectedSequence` is the sequence of the last message on that subject, 0 for the first.
   * Keep one append per subject under way at a time; do not change `data` until it settles.
   * @param ttlSeconds how long the message is kept; its stream must have `allow_msg_ttl` @default as long as the stream's others
   * @throws OutcomeUnknown (NATS_OUTCOME_UNKNOWN) unless the outcome is certain: no answer, no leader, a lost connection
   */
  append(subject: string, data: Uint8Array, expectedSequence: number, ttlSeconds?: number): Promise<AppendOutcome>;

  /**
   * Core NATS: at most once, nobody acknowledges. What was written when the connection broke is lost without an error.
   * @throws LinkDisconnected (NATS_DISCONNECTED) instead of dropping; PayloadTooLarge; LinkClosed; NotSent
   */
  publish(subject: string, data: Uint8Array, reply?: string): void;

  /**
   * The first answer. While disconnected it is held until the connection is back, within its time.
   * @param timeoutMs defaults to the link's `requestTimeoutMs`
   * @throws NoResponders, RequestTimedOut, LinkDisconnected, LinkClosed, PayloadTooLarge, TooManyHeld, NotSent
   */
  request(subject: string, data: Uint8Array, timeoutMs?: number): Promise<LinkMessage>;

  /**
   * Calls `handler` for each message until the returned function is called. It survives reconnects; what was sent
   * meanwhile is not seen. A handler that throws is reported to `onProblem`.
   */
  subscribe(subject: string, handler: (message: LinkMessage) => void): () => void;

  /**
   * A long-lived reply address without a further subscription, to be given as `reply` of many publishes. The handler
   * also sees "no responders", as `message.status === 503`.
   */
  openReplyAddress(handler: (message: LinkMessage) => void): ReplyAddress;

  /**
   * The last message on a subject by direct get, or undefined. May be stale when the stream is replicated.
   * @throws ReadUnavailable (retryable), ReadRefused, and what `request` throws
   */
  getLast(stream: string, subject: string): Promise<StoredMessage | undefined>;
  /** The last message on a subject as the stream's leader has it, or undefined. Throws as `getLast`. */
  getLastFromLeader(stream: string, subject: string): Promise<StoredMessage | undefined>;
  /** The first message on the subject with a sequence of `fromSequence` or more, from the leader. Throws as `getLast`. */
  getNextFromLeader(stream: string, subject: string, fromSequence: number): Promise<StoredMessage | undefined>;

  /**
   * The messages of one subject in order, in pages, by batched direct get, until `upToSequence` (a known head,
   * inclusive) was seen; none after it. A page that fails, or a replica that is behind, is asked again, bounded.
   * @throws ReadUnavailable (NATS_READ_UNAVAILABLE) when the head was still not seen
   */
  readFrom(stream: string, subject: string, range: ReadRange): AsyncIterable<readonly StoredMessage[]>;

  /** Returns the function that takes the listener away. */
  onStatus(listener: (status: LinkStatus) => void): () => void;

  /** Refuses new calls, waits for outstanding ones (`closeTimeoutMs`), fails the rest, closes the connection. */
  close(): Promise<void>;
}

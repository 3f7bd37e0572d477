// One fenced append and its exact outcome. Invariant: "refused" and "wrong-sequence" are said only where the server's
// source shows that nothing was stored; everything else that is not an acknowledgement is OutcomeUnknown.
import type { Msg } from "@nats-io/transport-node";
import { PermissionDenied } from "./errors.ts";
import { noResponders, outcomeUnknown, requestError } from "./failure.ts";
import { expectedSequenceHeader } from "./headers.ts";
import { isNoResponders } from "./message.ts";
import type { Requester } from "./requester.ts";
import type { Failure, Waiter } from "./waiters.ts";

/** What became of an append that is not unknown. */
export type AppendOutcome =
  /** Acknowledged by the server, as durably as the stream's configuration makes it. */
  | { readonly type: "stored"; readonly sequence: number }
  /**
   * Not stored by this attempt: the subject's last sequence is another one (error 10071). The message there may be an
   * earlier attempt of the same append: read the first one after the expected sequence and see whose it is.
   */
  | { readonly type: "wrong-sequence"; readonly actual?: number }
  /** Certainly not stored, and would be refused again until somebody makes room, raises a limit or grants it (code 0). */
  | { readonly type: "refused"; readonly code: number; readonly description: string };

/** JetStream's "wrong last sequence: n". Checked before storing (one replica) or before proposing (more). */
const wrongLastSequence = 10071;
/** JetStream's "message size exceeds maximum allowed"; also used here for what the server's max_payload forbids. */
const messageTooLarge = 10054;
/** JetStream's "store failed", with the reason as text. */
const storeFailed = 10077;

// Decided from nats-server's source (2.12.7 and 2.15-dev: stream.go processJetStreamMsg, jetstream_cluster.go
// processClusteredInboundMsg, jetstream_batching.go checkMsgHeadersPreClusteredProposal). Each of these is answered
// before the message is stored on one replica, and before it is proposed to the group with several (the checks after
// the proposal run only `if !isClustered`), so that no replica can hold the message.
const refusedCodes: ReadonlySet<number> = new Set([
  10002, // account resource limits exceeded: wouldExceedLimits
  10023, // insufficient resources: the server's own limits, limitsExceeded
  10028, // insufficient memory: wouldExceedLimits
  10047, // insufficient storage: wouldExceedLimits
  messageTooLarge, // the stream's max_msg_size
  10097, // headers over 64 KiB
  10109, // the stream is sealed
]);
// 10077 carries the store's error as text. The limits of a stream with `discard: new` and the record size are decided
// alike by every replica. "store is closed" is not: the leader was stopping, the other replicas may store the message.
const refusedStoreErrors: ReadonlySet<string> = new Set([
  "maximum messages exceeded",
  "maximum bytes exceeded",
  "maximum messages per subject exceeded",
  "message too large",
]);
// Not here on purpose: 10164 (a second append on the subject is in process, or spurious), 10163, 10158: nothing proven.
// 10167 "too many requests": not stored, but it passes, and repeating with backoff is what "unknown" asks for.

interface PubAck {
  readonly stream?: unknown;
  readonly seq?: unknown;
  readonly error?: { readonly err_code?: unknown; readonly description?: unknown };
}

/** What an append needs of its link. */
export interface AppendParts {
  readonly requester: Requester;
  readonly maxPayloadBytes: () => number;
  readonly timeoutMs: number;
}

/** One append. The bytes must not change until it settles. */
export interface Append {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly expectedSequence: number;
  readonly ttlSeconds?: number | undefined;
}

/** Sends the append; rejects with OutcomeUnknown (NATS_OUTCOME_UNKNOWN) unless the outcome is certain. */
export function append(
  parts: AppendParts,
  { subject, data, expectedSequence, ttlSeconds }: Append,
): Promise<AppendOutcome> {
  if (!Number.isSafeInteger(expectedSequence) || expectedSequence < 0) {
    throw new RangeError(`expectedSequence is ${expectedSequence}; it must be a whole number from 0`);
  }
  const headers = expectedSequenceHeader(expectedSequence, ttlSeconds);
  const size = headers.bytes.length + data.length;
  const limit = parts.maxPayloadBytes();
  if (size > limit) {
    const description = `message of ${size} bytes with headers exceeds the server's max_payload of ${limit}`;
    return Promise.resolve({ type: "refused", code: messageTooLarge, description });
  }
  return new Promise((resolve, reject) => {
    const waiter = new AppendWaiter(subject, resolve, reject);
    parts.requester.send({ subject, data, headers }, waiter, parts.timeoutMs);
  });
}

class AppendWaiter implements Waiter {
  readonly subject: string;
  readonly #resolve: (outcome: AppendOutcome) => void;
  readonly #reject: (error: Error) => void;

  constructor(subject: string, resolve: (outcome: AppendOutcome) => void, reject: (error: Error) => void) {
    this.subject = subject;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onAnswer(message: Msg): boolean {
    const outcome = isNoResponders(message) ? noLeader : outcomeOf(message.data);
    if (typeof outcome !== "string") this.#resolve(outcome);
    else if (outcome === noLeader) this.#reject(outcomeUnknown(this.subject, noLeader, noResponders(this.subject)));
    else this.#reject(outcomeUnknown(this.subject, outcome));
    return true;
  }

  onFailure(failure: Failure): void {
    const error = requestError(this.subject, failure);
    if (failure.type === "not-sent" && failure.cause instanceof PermissionDenied) {
      this.#resolve({ type: "refused", code: 0, description: failure.cause.message });
    } else this.#reject(outcomeUnknown(this.subject, error.message, error));
  }
}

const noLeader = "no stream takes this subject now (no leader, or no such stream)";

/** The outcome that an answer proves, or why it proves none. Exported for its tests. */
export function outcomeOf(data: Uint8Array): AppendOutcome | string {
  let ack: PubAck;
  try {
    ack = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8")) as PubAck;
  } catch {
    return "the answer is not a JetStream acknowledgement (does something else answer on this subject?)";
  }
  if (ack === null || typeof ack !== "object") return "the answer is not a JetStream acknowledgement";
  if (ack.error !== undefined) return outcomeOfError(Number(ack.error.err_code), String(ack.error.description));
  if (typeof ack.stream !== "string" || typeof ack.seq !== "number" || ack.seq < 1) return "the answer has no sequence";
  return { type: "stored", sequence: ack.seq };
}

function outcomeOfError(code: number, description: string): AppendOutcome | string {
  if (code === wrongLastSequence) {
    const actual = /: (\d+)$/.exec(description)?.[1];
    return actual === undefined ? { type: "wrong-sequence" } : { type: "wrong-sequence", actual: Number(actual) };
  }
  const isRefused = refusedCodes.has(code) || (code === storeFailed && refusedStoreErrors.has(description));
  return isRefused ? { type: "refused", code, description } : `JetStream answered ${code} "${description}"`;
}

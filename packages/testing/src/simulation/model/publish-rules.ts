// What a stream answers to a publish before it is stored. One replica looks at the expectation first, then for a repeated
// message id; several look for the id first, and what is still being agreed upon is refused as being in process
// (nats-server: stream.go `processJetStreamMsg`, jetstream_batching.go `checkMsgHeadersPreClusteredProposal`).
import { readHeaders } from "./message-headers.ts";
import type { StreamConfig } from "./stream-config.ts";
import type { StreamLog } from "./stream-log.ts";

export interface Refusal {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

export interface PublishWish {
  readonly subject: string;
  /** How long it is kept, in seconds. */
  readonly ttl: number | undefined;
  readonly messageId: string | undefined;
  readonly expected: number | undefined;
}

/** What is known of earlier publishes. */
export interface PublishState {
  readonly log: StreamLog;
  readonly dedup: ReadonlyMap<string, { readonly sequence: number; readonly at: number }>;
  /** Being agreed upon by several replicas. */
  readonly inProcess: { readonly subjects: ReadonlySet<string>; readonly ids: ReadonlySet<string> };
}

export type Verdict =
  | { readonly type: "store" }
  | { readonly type: "duplicate"; readonly sequence: number }
  | { readonly type: "refuse"; readonly error: Refusal };

export function wishOf(subject: string, headers: Uint8Array | undefined): PublishWish {
  const read = readHeaders(headers);
  const expected = read.get("Nats-Expected-Last-Subject-Sequence");
  const filter = read.get("Nats-Expected-Last-Subject-Sequence-Subject");
  const messageId = read.get("Nats-Msg-Id");
  const [after, ttl] = [expected, read.get("Nats-TTL")].map((text) =>
    text === undefined ? undefined : parseInt(text),
  );
  return { subject: filter ?? subject, messageId, expected: after, ttl };
}

/** What a stream takes at all. */
export function unfit(bytes: number, log: StreamLog, config: StreamConfig): Refusal | undefined {
  const { max_msg_size: maxBytes, max_msgs: maxMessages, discard } = config;
  if (maxBytes >= 0 && bytes > maxBytes)
    return { code: 400, err_code: 10054, description: "message size exceeds maximum allowed" };
  if (discard === "new" && maxMessages >= 0 && log.size >= maxMessages)
    return { code: 503, err_code: 10077, description: "maximum messages exceeded" };
  return undefined;
}

export function verdictOfOne(wish: PublishWish, state: PublishState): Verdict {
  return unexpected(wish, state) ?? duplicate(wish, state) ?? { type: "store" };
}

export function verdictOfSeveral(wish: PublishWish, state: PublishState): Verdict {
  const { ids, subjects } = state.inProcess;
  const known = duplicate(wish, state);
  if (known !== undefined) return known;
  if (wish.messageId !== undefined && ids.has(wish.messageId)) {
    return refuse(409, 10158, "duplicate message id is in process");
  }
  // While one is under way nobody knows what the last one will be.
  if (wish.expected !== undefined && subjects.has(wish.subject)) return refuse(400, 10164, "wrong last sequence");
  return unexpected(wish, state) ?? { type: "store" };
}

function unexpected({ subject, expected }: PublishWish, { log }: PublishState): Verdict | undefined {
  if (expected === undefined) return undefined;
  const last = log.lastOf(subject)?.sequence ?? 0;
  return last === expected ? undefined : refuse(400, 10071, `wrong last sequence: ${last}`);
}

function duplicate({ messageId }: PublishWish, { dedup }: PublishState): Verdict | undefined {
  const known = messageId === undefined ? undefined : dedup.get(messageId);
  return known && { type: "duplicate", sequence: known.sequence };
}

function refuse(code: number, errCode: number, description: string): Verdict {
  return { type: "refuse", error: { code, err_code: errCode, description } };
}

// Reads that any replica may answer ("direct get"): fast, and possibly behind what was acknowledged. Invariant: an
// answer that says "not found" is told apart from no answer; the second is always an error.
import { ProtocolViolation, ReadRefused, ReadUnavailable } from "./errors.ts";
import type { LinkMessage, StoredMessage } from "./message.ts";
import { readError, type ReadParts } from "./read.ts";
import { request } from "./request.ts";

const empty = new Uint8Array(0);

/** The last message on a subject as some replica has it, or undefined when it has none. */
export async function getLast(parts: ReadParts, stream: string, subject: string): Promise<StoredMessage | undefined> {
  const api = `$JS.API.DIRECT.GET.${stream}.${subject}`;
  const answer = await request(parts.requester, { subject: api, data: empty }, parts.timeoutMs).catch(
    (error: unknown) => {
      throw readError(stream, error);
    },
  );
  if (answer.status === 404) return undefined;
  if (answer.status !== undefined) throw statusError(stream, answer);
  return storedMessage(stream, answer);
}

/** The error of an answer whose status is neither a message nor "not found". */
export function statusError(stream: string, { status, statusText }: LinkMessage): ReadRefused | ReadUnavailable {
  const said = `stream "${stream}" answered a direct read with ${status} ${statusText}`;
  return status === 408 || status === 412 ? new ReadRefused(said) : new ReadUnavailable(said);
}

/** The stored message that a direct read's answer carries. */
export function storedMessage(stream: string, message: LinkMessage): StoredMessage {
  const subject = message.header("Nats-Subject");
  const sequence = Number(message.header("Nats-Sequence"));
  if (subject === undefined || !(sequence > 0)) {
    throw new ProtocolViolation(`stream "${stream}" answered a direct read without Nats-Subject and Nats-Sequence`);
  }
  return { subject, sequence, timeMs: Date.parse(message.header("Nats-Time-Stamp") ?? ""), data: message.data };
}

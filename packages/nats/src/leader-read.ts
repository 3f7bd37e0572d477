// Reads answered by the stream's leader, as fresh as JetStream gives them. Invariant: "not found" is said only when the
// leader said so. Not guaranteed: linearizability in the moments of an election.
import { ProtocolViolation, ReadRefused, ReadUnavailable } from "./errors.ts";
import type { StoredMessage } from "./message.ts";
import { readError, type ReadParts } from "./read.ts";
import { request } from "./request.ts";

const messageNotFound = 10037;

/** Which message: the last one on a subject, or the first one on it from a sequence on. */
export type LeaderQuery = { readonly last_by_subj: string } | { readonly seq: number; readonly next_by_subj: string };

interface Answer {
  readonly message?: {
    readonly subject: string;
    readonly seq: number;
    readonly time: string;
    readonly data?: string;
  };
  readonly error?: { readonly code?: number; readonly err_code?: number; readonly description?: string };
}

/** Asks the leader of `stream`; undefined when it has no such message. */
export async function getFromLeader(
  parts: ReadParts,
  stream: string,
  query: LeaderQuery,
): Promise<StoredMessage | undefined> {
  const outgoing = { subject: `$JS.API.STREAM.MSG.GET.${stream}`, data: Buffer.from(JSON.stringify(query)) };
  const { data } = await request(parts.requester, outgoing, parts.timeoutMs).catch((error: unknown) => {
    throw readError(stream, error);
  });
  const { error, message } = parse(stream, data);
  if (error?.err_code === messageNotFound) return undefined;
  if (error !== undefined) {
    const said = `stream "${stream}" refused a read: ${error.err_code} ${error.description}`;
    // 5xx: no leader, shutting down, overloaded. 4xx: the request or the stream's name is wrong.
    throw (error.code ?? 500) >= 500 ? new ReadUnavailable(said) : new ReadRefused(said);
  }
  if (message === undefined)
    throw new ProtocolViolation(`stream "${stream}" answered a read with neither message nor error`);
  const { subject, seq, time } = message;
  return { subject, sequence: seq, timeMs: Date.parse(time), data: Buffer.from(message.data ?? "", "base64") };
}

function parse(stream: string, data: Uint8Array): Answer {
  try {
    return JSON.parse(Buffer.from(data).toString("utf8")) as Answer;
  } catch (cause) {
    throw new ProtocolViolation(`stream "${stream}" answered a read with something that is not JSON`, { cause });
  }
}

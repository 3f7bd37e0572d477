// What all reads share. Invariant: a stream that nobody answers for is an error that may pass, never "no message".
import { NoResponders, ReadUnavailable } from "./errors.ts";
import type { Requester } from "./requester.ts";

/** What a read needs of its link. */
export interface ReadParts {
  readonly requester: Requester;
  readonly timeoutMs: number;
}

/** The error of a read whose request failed: "nobody listens" means the stream, not the API subject. */
export function readError(stream: string, error: unknown): unknown {
  if (!(error instanceof NoResponders)) return error;
  const reason = "it does not exist, has no leader now, or (direct reads) lacks allow_direct";
  return new ReadUnavailable(`stream "${stream}" does not answer: ${reason}`, { cause: error });
}

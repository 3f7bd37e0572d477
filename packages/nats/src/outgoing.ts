// One message that expects an answer. Types only. Invariant: its bytes do not change until its waiter is settled.
import type { EncodedHeaders } from "./headers.ts";

/** A message to send with a reply address. */
export interface Outgoing {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: EncodedHeaders;
}

// One fenced append to the subject of an actor, with the outcomes of the store's contract. The server's "wrong sequence"
// alone proves nothing: our own first try may be what it met. Whose message stands right after the expected one decides;
// the last one would not, since a foreign one may stand behind ours.
import type { Link } from "@aether/nats";
import type { AppendOutcome, Token } from "../contracts/event-store.ts";

export interface FencedAppend {
  readonly stream: string;
  readonly subject: string;
  readonly after: Token;
  readonly bytes: Uint8Array;
  readonly maxBytes: number;
}

/** Rejects when the outcome is unknown. */
export async function appendFenced(
  link: Link,
  { stream, subject, after, bytes, maxBytes }: FencedAppend,
): Promise<AppendOutcome> {
  if (bytes.length > maxBytes) return { type: "rejected", reason: `${bytes.length} bytes, at most ${maxBytes} fit` };
  const outcome = await link.append(subject, bytes, after);
  if (outcome.type === "stored") return { type: "committed", token: outcome.sequence };
  if (outcome.type === "refused") return { type: "rejected", reason: `${outcome.description} (${outcome.code})` };
  const next = await link.getNextFromLeader(stream, subject, after + 1);
  if (next !== undefined) {
    return Buffer.compare(next.data, bytes) === 0 ? { type: "committed", token: next.sequence } : { type: "conflict" };
  }
  // The history ends before the expected commit: nothing can ever stand behind it.
  if (outcome.actual !== undefined && outcome.actual < after) return { type: "conflict" };
  throw new Error(`the server reports another sequence than ${after} on ${subject}, and shows none`);
}

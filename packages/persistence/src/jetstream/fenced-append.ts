// One fenced append to the subject of an actor, with the outcomes of the store's contract. The server's "wrong sequence"
// alone proves nothing: our own first try may be what it met. Whose message stands right after the expected one decides;
// the last one would not, since a foreign one may stand behind ours.
import type { Link } from "@aether/nats";
import type { AppendOutcome, Committed, Conflict, Token } from "../contracts/event-store.ts";

export interface FencedAppend {
  readonly stream: string;
  readonly subject: string;
  readonly after: Token;
  readonly bytes: Uint8Array;
  readonly maxBytes: number;
  /** What is believed of the actor's last commit, raised by an acknowledgement; it may only make an outcome unknown. */
  readonly known?: { token: Token };
}

/** Rejects when the outcome is unknown. */
export async function appendFenced(link: Link, append: FencedAppend): Promise<AppendOutcome> {
  const { subject, after, bytes, maxBytes, known } = append;
  if (bytes.length > maxBytes) return { type: "rejected", reason: tooLarge(bytes.length, maxBytes) };
  const outcome = await link.append(subject, bytes, after);
  if (outcome.type === "stored") {
    if (known !== undefined && outcome.sequence > known.token) known.token = outcome.sequence;
    return { type: "committed", token: outcome.sequence };
  }
  const settled = await settledByLeader(link, append);
  if (outcome.type === "refused") {
    // This try was refused; an earlier one, whose answer was lost, may stand there.
    return settled ?? { type: "rejected", reason: `${outcome.description} (${outcome.code})` };
  }
  if (settled !== undefined) return settled;
  // The history ends before the expected commit: nothing can ever stand behind it.
  if (outcome.actual !== undefined && outcome.actual < after && !isDoubtful(append)) return { type: "conflict" };
  throw new Error(`the server reports another sequence than ${after} on ${subject}, and shows none`);
}

/**
 * What stands right after the expected commit, as the leader has it: the outcome, whatever was or was not published. A
 * leader that has been replaced without knowing it shows old messages, never false ones. `undefined` when it shows
 * nothing, which proves nothing.
 */
export async function settledByLeader(
  link: Link,
  { stream, subject, after, bytes }: FencedAppend,
): Promise<Committed | Conflict | undefined> {
  const next = await link.getNextFromLeader(stream, subject, after + 1);
  if (next === undefined) return undefined;
  return Buffer.compare(next.data, bytes) === 0 ? { type: "committed", token: next.sequence } : { type: "conflict" };
}

/**
 * A leader that was paused or cut off, and replaced, does not know that at once: until then it answers beside the new one,
 * from a history that ends too early. So one that shows less than what was seen is believed the second time.
 */
function isDoubtful({ known, after }: FencedAppend): boolean {
  if (known === undefined || known.token < after) return false;
  known.token = 0;
  return true;
}

function tooLarge(bytes: number, maxBytes: number): string {
  return `${bytes} bytes, at most ${maxBytes} fit: raise max_payload in the server's configuration`;
}

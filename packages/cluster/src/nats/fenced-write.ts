// One compare-and-set of an entry in the bucket, with its outcome settled. A server of several says "wrong last sequence"
// without a number while another change of the entry is being agreed upon, and a lost answer says nothing either. Whose
// message stands right after the expected one decides then. Invariant: no two writes have the same bytes.
import { randomId, systemRandom } from "@aether/actor";
import { type Link, OutcomeUnknown } from "@aether/nats";
import type { NodeRecord } from "../contracts/node.ts";

export interface FencedWrite {
  readonly link: Link;
  readonly stream: string;
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** How long the entry is kept if it stays as it is; without it, for ever. */
  readonly ttlSeconds?: number | undefined;
  /** Waits before the next try. */
  readonly pause: (delayMs: number) => Promise<void>;
}

/** A change that is being agreed upon is there, or given up, long before the last of them. */
const pausesMs = [10, 20, 40, 80, 160, 320];

/** Two processes that join under one id in the same millisecond must not take each other's write for their own. */
export function encodeRecord(record: NodeRecord): Uint8Array {
  return Buffer.from(JSON.stringify({ ...record, write: randomId(systemRandom, 16) }));
}

/**
 * The sequence of the message, or `undefined` when somebody else was faster. One that was written and has been replaced
 * already counts as lost: nobody acts on it.
 * @throws what says nothing about whether it was written
 */
export async function writeFenced(write: FencedWrite, after: number): Promise<number | undefined> {
  const { link, subject, bytes, ttlSeconds, pause } = write;
  for (let attempt = 0; ; attempt++) {
    try {
      const outcome = await link.append(subject, bytes, after, ttlSeconds);
      if (outcome.type === "stored") return outcome.sequence;
      if (outcome.type === "refused") throw new Error(`${subject} refused a change: ${outcome.description}`);
      if (attempt === 0) return undefined; // there is no earlier try that it could have met
      const settled = await settledByLeader(write, after);
      if (settled === undefined)
        throw new Error(`the server has another entry than ${after} at ${subject}, and shows none`);
      return settled.sequence;
    } catch (error) {
      const pauseMs = pausesMs[attempt];
      if (!(error instanceof OutcomeUnknown) || !link.isConnected || pauseMs === undefined) throw error;
      const settled = await settledByLeader(write, after);
      if (settled !== undefined) return settled.sequence;
      await pause(pauseMs);
    }
  }
}

/** `undefined` when the leader shows nothing behind the expected message, which proves nothing. */
async function settledByLeader(
  { link, stream, subject, bytes }: FencedWrite,
  after: number,
): Promise<{ readonly sequence: number | undefined } | undefined> {
  const next = await link.getNextFromLeader(stream, subject, after + 1);
  if (next === undefined) return undefined;
  return { sequence: Buffer.compare(next.data, bytes) === 0 ? next.sequence : undefined };
}

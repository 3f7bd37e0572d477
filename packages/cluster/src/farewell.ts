// The last words of a node that leaves in order: when it writes that it has left, its own asks are answered, nothing that
// others sent it is under way any more, and all that it answered has arrived. So nobody loses an ask with it.
import type { Clock, Scheduler } from "@aether/actor";
import type { NodeId } from "./contracts/node.ts";
import type { NodeRequests } from "./node-requests.ts";

export interface FarewellParts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly requests: NodeRequests;
  /** The other nodes that are there. */
  readonly others: () => readonly NodeId[];
  /** Asks of this node that have no answer yet. */
  readonly waiting: () => number;
}

/** An ask that was not delivered waits a little before it is sent again: only this long a silence says that none is left. */
const quietMs = 30;
const lookEveryMs = 5;
const answersWithinMs = 5_000;
const eachWithinMs = 1_000;

export async function sayFarewell(parts: FarewellParts): Promise<void> {
  await ownAnswers(parts);
  // A node handles what this one sends by a view no older than ours: by then it sends us nothing new, and what it had sent
  // before came ahead of its answer. The second round tells that what we answered meanwhile has arrived.
  await Promise.all(parts.others().map((node) => greetTwice(parts, node)));
}

async function greetTwice({ requests }: FarewellParts, node: NodeId): Promise<void> {
  try {
    await requests.ask(node, "greet", [], eachWithinMs);
    await requests.ask(node, "greet", [], eachWithinMs);
  } catch {
    // Who does not answer is gone, or does not reach us: then nothing of it is under way, or nobody knows.
  }
}

async function ownAnswers({ clock, scheduler, waiting }: FarewellParts): Promise<void> {
  const began = clock.now();
  let quietSince = began;
  while (clock.now() - quietSince < quietMs && clock.now() - began < answersWithinMs) {
    await new Promise<void>((resolve) => void scheduler.after(lookEveryMs, resolve));
    if (waiting() > 0) quietSince = clock.now();
  }
}

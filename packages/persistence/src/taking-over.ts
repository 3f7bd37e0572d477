// Where another writer may still be alive, a recovery ends with an empty commit of its own: it refuses a zombie at once, and
// proves that what was read is current (Kleppmann's fencing token, with the store as the resource that checks it).
import { appendUntilKnown } from "./appending.ts";
import { noTurns } from "./commit-draft.ts";
import { encodeCommit } from "./commit-format.ts";
import type { ActorKey } from "./contracts/event-store.ts";
import { CommitRejected } from "./errors.ts";
import type { Progress, Recovery, Tip } from "./replaying.ts";
import type { Services } from "./services.ts";

/** Whether the last commit is this process's own, or that of a writer that is certainly gone; or nobody writes a first one. */
export function isOurs({ writers }: Services, key: ActorKey, tip: Tip | undefined): boolean {
  if (tip === undefined) return writers.mayHaveOther?.(key) !== true;
  const { stored, commit } = tip;
  const { node, epoch } = commit;
  const { current } = writers;
  return (
    stored.isOrphaned === true || (node === current.node && epoch === current.epoch) || writers.isGone({ node, epoch })
  );
}

/** @param from the last commit; none where the history is empty. @returns false when somebody has committed meanwhile */
export async function takeOver(recovery: Recovery, progress: Progress, from: Tip | undefined): Promise<boolean> {
  const { services, key, name } = recovery;
  if (from !== undefined) await services.writers.caughtUpWith?.(from.commit);
  if (recovery.isOver()) return true;
  const { version, token, born } = progress;
  const header = services.stamp.header({ actor: key, after: token, firstVersion: version + 1, born });
  const bytes = encodeCommit(header, noTurns);
  const append = { actor: key, name, after: token, base: from?.commit.id, bytes };
  const outcome = await appendUntilKnown(services, append, { isOver: () => recovery.isOver() });
  if (outcome?.type === "rejected") throw new CommitRejected(name, outcome.reason);
  if (outcome?.type !== "committed") return outcome === undefined;
  progress.token = outcome.token;
  progress.base = header.id;
  return true;
}

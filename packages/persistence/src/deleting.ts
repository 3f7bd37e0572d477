// Deletes an actor: a tombstone is committed behind its last commit, fenced like any other. Whoever has the actor in memory
// loses the fence by it; the next activation finds the tombstone and begins with the initial state, versions going on.
import { appendUntilKnown } from "./appending.ts";
import { noTurns } from "./commit-draft.ts";
import { decodeCommit, encodeCommit, lastVersion } from "./commit-format.ts";
import type { ActorKey } from "./contracts/event-store.ts";
import { CommitRejected } from "./errors.ts";
import type { Tip } from "./replaying.ts";
import { leastAgeMs } from "./retention.ts";
import type { Services } from "./services.ts";

/** False: there was nothing to delete. */
export async function deleteActor(services: Services, key: ActorKey): Promise<boolean> {
  const name = `${key.type}/${key.id}`;
  for (;;) {
    const stored = await services.stores.events.head(key);
    if (stored === undefined) return false;
    const commit = decodeCommit(stored.bytes, key, name);
    if (commit.tombstone === true) {
      await dropFormerLife(services, key, { stored, commit });
      return false;
    }
    if (await isBuried(services, key, { stored, commit })) {
      services.events.publish({ type: "actor-deleted", address: name, version: lastVersion(commit) });
      return true;
    }
  }
}

/** False: somebody has committed meanwhile. */
async function isBuried(services: Services, key: ActorKey, { stored, commit }: Tip): Promise<boolean> {
  const name = `${key.type}/${key.id}`;
  const place = { actor: key, after: stored.token, firstVersion: lastVersion(commit) + 1, born: undefined };
  const bytes = encodeCommit({ ...services.stamp.header(place), tombstone: true }, noTurns);
  const append = { actor: key, name, after: stored.token, base: commit.id, bytes };
  const outcome = await appendUntilKnown(services, append, { isOver: () => services.background.isOver });
  if (outcome?.type === "rejected") throw new CommitRejected(name, outcome.reason);
  return outcome?.type === "committed";
}

/** What is before a tombstone that is old enough is nobody's any more. */
async function dropFormerLife(services: Services, key: ActorKey, { stored, commit }: Tip): Promise<void> {
  if (services.clock.wall() - commit.time < leastAgeMs) return;
  await services.stores.events.truncate(key, stored.token);
}

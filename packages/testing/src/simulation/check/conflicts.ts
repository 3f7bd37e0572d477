// I9 from the other side: who gives an actor up to another writer has to have been right. A node that takes its own commit,
// or one that is still on its way, for somebody else's harms nobody at once; it does what was done a second time.
// Who was shown an old history by a leader that was replaced finds commits of its own that it had not read: it is excused.
// So is who is overtaken by an empty commit of its own node: an earlier recovery offered it, gave up, and it landed late.
import type { LostActor, RecoveredActor } from "../run/sim-node.ts";
import { epochAt } from "./log.ts";
import { wasShownThePast, type Witness } from "./recoveries.ts";
import type { Violation } from "./violation.ts";

export function checkConflicts(
  lost: readonly LostActor[],
  recovered: readonly RecoveredActor[],
  { logs, table, pasts }: Witness,
): Violation[] {
  return lost.flatMap(({ actor, node, at }) => {
    const epoch = epochAt(table, node, at);
    const last = logs.get(actor)?.commits.findLast(({ storedAt }) => storedAt <= at);
    if (last === undefined || last.node !== node || last.epoch !== epoch) return [];
    const read = recovered.findLast((one) => one.actor === actor && one.node === node && one.at <= at);
    if (read !== undefined && wasShownThePast(read, pasts)) return [];
    const isLateTakeover = last.events.length === 0 && read !== undefined && read.at < last.storedAt;
    if (isLateTakeover) return [];
    const what = `${node}/${epoch} gave ${actor} up to another writer at ${at.toFixed(1)} ms, but the last commit is its own`;
    return [{ invariant: "I9 one writer at a time, each takes over in order", what }];
  });
}

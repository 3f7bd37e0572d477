// Commits become state: contiguity is checked, then every event is applied. No promise is involved, however many there are.
// Recovery and history() check it before, where a gap at the beginning means something else than one further on; here it is
// the last guard: nothing is folded onto a version that it does not follow, whoever calls.
import type { Commit } from "./commit-format.ts";
import { type EventReader, readEvents } from "./event-reading.ts";
import type { DomainEvent, EventMeta } from "./events.ts";
import { HistoryDamaged, HistoryLost, ReplayFailed } from "./errors.ts";
import type { RememberedCommands } from "./remembered-commands.ts";

export interface Folding extends EventReader {
  readonly commands: RememberedCommands;
  apply(event: DomainEvent, meta: EventMeta): void;
}

/**
 * @param version the actor's version before this commit
 * @throws HistoryDamaged, HistoryLost, UnknownEvent, UnknownCodec or ReplayFailed; the object is then good for nothing
 */
export function fold(folding: Folding, commit: Commit, version: number): void {
  const { name } = folding;
  if (commit.firstVersion !== version + 1) {
    if (version === 0 && commit.firstVersion > 1) throw new HistoryLost(name, commit.firstVersion);
    throw new HistoryDamaged(name, `after version ${version} comes a commit that begins with ${commit.firstVersion}`);
  }
  readEvents(folding, commit, (event, meta) => {
    try {
      folding.apply(event, meta);
    } catch (error) {
      throw new ReplayFailed(name, { version: meta.version, eventType: event.type }, error);
    }
  });
  let last = version;
  for (const turn of commit.turns) {
    last += turn.events;
    folding.commands.rememberStored(turn, last);
  }
}

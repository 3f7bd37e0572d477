// Commits become state: contiguity is checked, then every event is applied. No promise is involved, however many there are.
import type { Commit } from "./commit-format.ts";
import type { DomainEvent, EventMeta } from "./events.ts";
import { HistoryDamaged, HistoryLost, ReplayFailed, UnknownEvent } from "./errors.ts";
import type { RememberedCommands } from "./remembered-commands.ts";

export interface Folding {
  readonly name: string;
  readonly schemas: Readonly<Record<string, number>>;
  readonly commands: RememberedCommands;
  apply(event: DomainEvent, meta: EventMeta): void;
}

/**
 * @param version the actor's version before this commit
 * @throws HistoryDamaged, HistoryLost, UnknownEvent or ReplayFailed; the object is then good for nothing
 */
export function fold(folding: Folding, commit: Commit, version: number): void {
  const { name } = folding;
  if (commit.firstVersion !== version + 1) {
    if (version === 0 && commit.firstVersion > 1) throw new HistoryLost(name, commit.firstVersion);
    throw new HistoryDamaged(name, `after version ${version} comes a commit that begins with ${commit.firstVersion}`);
  }
  let index = 0;
  for (const turn of commit.turns) {
    for (const end = index + turn.events; index < end; index++) {
      foldEvent(folding, commit, { index, time: turn.time });
    }
    folding.commands.rememberStored(turn, version + index);
  }
  if (index !== commit.events.length) {
    throw new HistoryDamaged(
      name,
      `a commit at version ${commit.firstVersion} has ${commit.events.length} events, its turns have ${index}`,
    );
  }
}

function foldEvent(folding: Folding, commit: Commit, { index, time }: { index: number; time: number }): void {
  const stored = commit.events[index];
  const version = commit.firstVersion + index;
  if (stored === undefined) throw new HistoryDamaged(folding.name, `event ${version} is missing from its commit`);
  const { event, schema } = stored;
  const known = Object.hasOwn(folding.schemas, event.type) ? folding.schemas[event.type] : undefined;
  if (known === undefined || schema > known) throw new UnknownEvent(folding.name, event.type, { version, schema });
  try {
    folding.apply(event, { version, time });
  } catch (error) {
    throw new ReplayFailed(folding.name, { version, eventType: event.type }, error);
  }
}

// What the store has of a durable actor when a scenario is over, and the checks that every one must stand.
import type { Actor } from "@aether/actor";
import type { Codec } from "@aether/persistence";
import type { Past } from "@aether/persistence/testing";
import { mustEqual } from "./difference.ts";
import type { Outcome } from "./outcome.ts";
import { checkPure } from "./pure-folding.ts";
import { checkSnapshots, startFrom } from "./snapshot-checking.ts";
import type { Stage } from "./stage.ts";
import type { Subject } from "./subject.ts";

export interface Looked<A extends Actor> {
  readonly subject: Subject<A>;
  readonly id: string;
  readonly codec: Codec | readonly Codec[] | undefined;
  /** What it began with. */
  readonly past: Past;
}

/** @returns what the commands stored, and what all of it folds to @throws AssertionError for what no actor may do */
export async function look<A extends Actor>(
  stage: Stage<A>,
  { subject, id, codec, past: { snapshot, facts } }: Looked<A>,
  outcome: Outcome | undefined,
): Promise<{ readonly events: readonly unknown[]; readonly state: unknown }> {
  const begun = snapshot?.version ?? 0;
  const events = await stage.stored(begun + 1);
  const actor = { type: subject.actorClass.type, id };
  const start = snapshot && startFrom(snapshot.data, { ...snapshot, actor, codec });
  const create = (): ReturnType<typeof subject.createDurable> => subject.createDurable();
  const folded = checkPure(create, events, start);
  if (subject.hasSnapshots) checkSnapshots({ create, start, events, folded, codec, actor });
  const living = stage.living as unknown as { readonly state: unknown } | undefined;
  if (outcome?.type === "replied" && living !== undefined) {
    const message = `the state of ${subject.name} is not the fold of its events: something other than apply changed it`;
    mustEqual(message, living.state, folded.state);
  }
  const stored = events.filter(({ meta }) => meta.version > begun + facts.length).map(({ event }) => event);
  return { events: stored, state: folded.state };
}

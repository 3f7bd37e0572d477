// Looks whether a snapshot loses anything: at every version, a state that was stored by the system's codec, read back and
// restored must equal the one before, and folded on the one that was folded from the beginning.
import type { Codec } from "@aether/persistence";
import { throughSnapshot } from "@aether/persistence/testing";
import { mustEqual } from "./difference.ts";
import { type Applied, fold } from "./pure-folding.ts";
import type { Durable } from "./subject.ts";

/** Versions that are tried: all of a short history, evenly spread ones of a long one. */
const maxTried = 32;

export interface Snapshotted {
  readonly create: () => Durable;
  readonly events: readonly Applied[];
  /** From all events. */
  readonly folded: Durable;
  readonly actor: { readonly type: string; readonly id: string };
  /** As for `persistence`. */
  readonly codec: Codec | readonly Codec[] | undefined;
}

/** @throws AssertionError, TypeError naming the path of what the codec would change */
export function checkSnapshots(subject: Snapshotted): void {
  const { length } = subject.events;
  const step = Math.max(1, Math.ceil(length / maxTried));
  for (let count = 0; count < length; count += step) checkAt(subject, count);
  checkAt(subject, length);
}

/** @param count of the events that are in the snapshot */
function checkAt({ create, events, folded, actor, codec }: Snapshotted, count: number): void {
  const { name, snapshotVersion: schema = 1 } = folded.constructor as { name: string; snapshotVersion?: number };
  const before = fold(create(), events.slice(0, count));
  const stored = throughSnapshot(before.snapshot(), { actor, version: count, schema, codec });
  const start = { data: stored.data, snapshotVersion: stored.schema };
  const restored = fold(create(), [], start);
  const what = `a snapshot of ${name} at version ${count}`;
  mustEqual(`${what}, stored and restored, is not the state that it was made of`, restored.state, before.state);
  const after = fold(restored, events.slice(count));
  mustEqual(`${what}, restored and folded on, is not the state that all events give`, after.state, folded.state);
}

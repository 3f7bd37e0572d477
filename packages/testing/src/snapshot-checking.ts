// Looks whether a snapshot loses anything: at every version, a state that was stored by the system's codec, read back and
// restored must equal the one before, and folded on the one that was folded from the beginning.
import type { Codec } from "@aether/persistence";
import { type SnapshotPlace, throughSnapshot } from "@aether/persistence/testing";
import { mustEqual } from "./difference.ts";
import { type Applied, fold, type FoldStart } from "./pure-folding.ts";
import type { Durable } from "./subject.ts";

/** Versions that are tried: all of a short history, evenly spread ones of a long one. */
const maxTried = 32;

export interface Snapshotted {
  readonly create: () => Durable;
  /** What the fold begins with; nothing: an object as it was made. */
  readonly start?: FoldStart | undefined;
  readonly events: readonly Applied[];
  /** From all events. */
  readonly folded: Durable;
  readonly actor: { readonly type: string; readonly id: string };
  /** As for `persistence`. */
  readonly codec: Codec | readonly Codec[] | undefined;
}

/** @param data what `snapshot()` gave @throws TypeError naming the path of what the codec would change */
export function startFrom(data: unknown, place: SnapshotPlace): FoldStart {
  const { schema, version } = place;
  return { read: () => throughSnapshot(data, place).data, snapshotVersion: schema, version };
}

/** @throws AssertionError, TypeError naming the path of what the codec would change */
export function checkSnapshots(subject: Snapshotted): void {
  const { length } = subject.events;
  const step = Math.max(1, Math.ceil(length / maxTried));
  for (let count = 0; count < length; count += step) checkAt(subject, count);
  checkAt(subject, length);
}

/** @param count of the events that are in the snapshot */
function checkAt({ create, start, events, folded, actor, codec }: Snapshotted, count: number): void {
  const { name, snapshotVersion: schema = 1 } = folded.constructor as { name: string; snapshotVersion?: number };
  const before = fold(create(), events.slice(0, count), start);
  const version = count + (start?.version ?? 0);
  const restored = fold(create(), [], startFrom(before.snapshot(), { actor, version, schema, codec }));
  const what = `a snapshot of ${name} at version ${version}`;
  mustEqual(`${what}, stored and restored, is not the state that it was made of`, restored.state, before.state);
  const after = fold(restored, events.slice(count));
  mustEqual(`${what}, restored and folded on, is not the state that all events give`, after.state, folded.state);
}

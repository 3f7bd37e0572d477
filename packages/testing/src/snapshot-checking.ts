// Looks whether a snapshot loses anything: at every version, a state that was stored, read back and folded on must equal the
// one that was folded from the beginning.
import { AssertionError } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import { jsonCodec } from "@aether/persistence";
import { type Applied, fold } from "./pure-folding.ts";
import type { Durable } from "./subject.ts";

/** Versions that are tried: all of a short history, evenly spread ones of a long one. */
const maxTried = 32;

/** @param folded from all events @throws AssertionError, TypeError naming the path of what JSON would change */
export function checkSnapshots(create: () => Durable, events: readonly Applied[], folded: Durable): void {
  const step = Math.max(1, Math.ceil(events.length / maxTried));
  for (let count = 0; count < events.length; count += step) checkAt(create, events, { count, folded });
  checkAt(create, events, { count: events.length, folded });
}

interface Split {
  /** Events that are in the snapshot. */
  readonly count: number;
  readonly folded: Durable;
}

function checkAt(create: () => Durable, events: readonly Applied[], { count, folded }: Split): void {
  const data = throughStore(fold(create(), events.slice(0, count)));
  const { snapshotVersion = 1 } = folded.constructor as { snapshotVersion?: number };
  const restored = fold(create(), events.slice(count), { data, snapshotVersion });
  if (isDeepStrictEqual(restored.state, folded.state)) return;
  const { name } = folded.constructor;
  throw new AssertionError({
    message: `a snapshot of ${name} at version ${count}, restored and folded on, is not the state that all events give`,
    actual: restored.state,
    expected: folded.state,
    operator: "deepStrictEqual",
  });
}

function throughStore(object: Durable): unknown {
  return jsonCodec.decode(jsonCodec.encode(object.snapshot()));
}

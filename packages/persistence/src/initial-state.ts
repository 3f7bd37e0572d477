// A state that could never be stored, such as one with a `Map` in it, is to fail at the first activation of its class and not
// at the first snapshot.
import { StateNotStorable } from "./errors.ts";
import type { EventSourcedClass } from "./event-sourced-class.ts";
import { noSnapshots } from "./snapshot-policy.ts";

/** Classes whose initial state was seen to be storable. */
const checked = new WeakSet<EventSourcedClass>();

/** @throws StateNotStorable (`PERSISTENCE_STATE_NOT_STORABLE`) */
export function checkInitialState(info: EventSourcedClass, name: string, snapshot: () => unknown): void {
  if (info.policy === noSnapshots || checked.has(info)) return;
  let state: unknown;
  try {
    state = snapshot();
  } catch {
    return; // its own doing, and reported once a snapshot is due
  }
  try {
    info.codecs.encodeState(state, "it");
  } catch (error) {
    throw new StateNotStorable(name, error);
  }
  checked.add(info);
}

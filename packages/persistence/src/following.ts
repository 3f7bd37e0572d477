// What a follower throws is its own: the append that it hears of is stored all the same, and the next follower is told.
import type { StoredAt } from "./contracts/event-store.ts";

/** A function of its own each time, so that the same listener may follow twice. It never throws: `warn` hears of it. */
export function followerOf(
  listener: (stored: StoredAt) => void,
  warn: (message: string) => void,
): (stored: StoredAt) => void {
  return (stored) => {
    try {
      listener(stored);
    } catch (error) {
      warn(`A follower of stored events threw: ${String(error)}`);
    }
  };
}

// What waits for the connection to come back before it is sent at all. Invariant: bounded by count and by bytes; what
// does not fit is refused, never dropped.
import type { Outgoing } from "./outgoing.ts";

/** The messages that are held, by token, in the order in which they came. */
export interface Held {
  /** False when it does not fit: nothing was kept. */
  add(token: string, outgoing: Outgoing): boolean;
  take(token: string): Outgoing | undefined;
  tokens(): IterableIterator<string>;
}

/** An empty store of held messages with its bounds. */
export function createHeld(maxCount: number, maxBytes: number): Held {
  const held = new Map<string, Outgoing>();
  let bytes = 0;
  return {
    add: (token, outgoing) => {
      if (held.size >= maxCount || bytes + outgoing.data.length > maxBytes) return false;
      held.set(token, outgoing);
      bytes += outgoing.data.length;
      return true;
    },
    take: (token) => {
      const outgoing = held.get(token);
      if (outgoing === undefined) return undefined;
      held.delete(token);
      bytes -= outgoing.data.length;
      return outgoing;
    },
    tokens: () => held.keys(),
  };
}

// A store whose appends a test can hold back: they arrive when it lets them, as from a paused node.
import type { StoreBackend } from "@aether/persistence";
import { latch } from "./harness.ts";

export interface HeldStore {
  readonly store: StoreBackend;
  /** From here on appends wait; call what it returns to let them through, however old they are. */
  hold(): () => void;
  /** Outcomes so far, in order. */
  readonly outcomes: string[];
}

export function heldStore(inner: StoreBackend): HeldStore {
  let gate = Promise.resolve();
  const outcomes: string[] = [];
  const store: StoreBackend = {
    name: inner.name,
    async open(scope) {
      const { events, ...rest } = await inner.open(scope);
      return {
        ...rest,
        events: {
          limits: events.limits,
          head: (actor) => events.head(actor),
          read: (actor, range) => events.read(actor, range),
          truncate: (actor, before) => events.truncate(actor, before),
          list: () => events.list(),
          close: () => events.close(),
          append: async (actor, after, bytes) => {
            await gate;
            const outcome = await events.append(actor, after, bytes);
            outcomes.push(outcome.type);
            return outcome;
          },
        },
      };
    },
  };
  const hold = (): (() => void) => {
    const { opened, open } = latch();
    gate = opened;
    return () => {
      gate = Promise.resolve();
      open();
    };
  };
  return { store, hold, outcomes };
}

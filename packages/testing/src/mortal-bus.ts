// An event bus as a process sees it that may die: whoever is dead handles nothing, and what it was handling never ends.
import type { EventBus, NameOptions, StoredEventHandler } from "@aether/cluster";
import type { CrashPlan } from "./crash-plan.ts";

const never: Promise<never> = new Promise<never>(() => undefined);

export function mortalBus(bus: EventBus, plan: CrashPlan): EventBus {
  const around =
    (handler: StoredEventHandler): StoredEventHandler =>
    async (stored) => {
      if (plan.diedAt !== undefined) return never;
      await handler(stored);
      if (plan.diedAt !== undefined) await never;
    };
  const subscribe = (given: NameOptions, handler: StoredEventHandler): ReturnType<EventBus["subscribeToEventStored"]> =>
    bus.subscribeToEventStored(given, typeof handler === "function" ? around(handler) : handler);
  return { subscribeToEventStored: subscribe };
}

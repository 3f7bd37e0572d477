// An event bus whose handlers meet what "at least once" means: an event that comes twice, late, or again because the
// handler's own end was not noticed.
import { type Scheduler, systemScheduler } from "@aether/actor";
import type { EventBus, NameOptions, StoredEvent, StoredEventHandler } from "../contracts/event-bus.ts";

/** One event on its way to a handler. */
export interface HandleCall {
  readonly operation: "handle";
  /** Counts the calls of handlers, attempts included, from 1. */
  readonly n: number;
  readonly actor: StoredEvent["actor"];
  readonly event: StoredEvent["event"];
}

export type HandleFault =
  /** The handler is not called, and the attempt fails. */
  | { readonly type: "throw-before" }
  /** The handler has done its work, and the attempt fails all the same: it is called again. */
  | { readonly type: "throw-after" }
  /** The handler is called twice. */
  | { readonly type: "duplicate" }
  | { readonly type: "wait"; readonly until: Promise<unknown> }
  | { readonly type: "delay"; readonly ms: number };

/** Decides for each call; `undefined` lets it through. */
export type HandleFaults = (call: HandleCall) => HandleFault | undefined;

export interface FaultyEventBusOptions {
  /** What `delay` waits by. @default the system's */
  readonly scheduler?: Scheduler;
}

/** The same bus, whose handlers meet the faults. */
export function faultyEventBus(bus: EventBus, faults: HandleFaults, options: FaultyEventBusOptions = {}): EventBus {
  const { scheduler = systemScheduler } = options;
  let n = 0;
  const around =
    (handler: StoredEventHandler): StoredEventHandler =>
    async (stored) => {
      const { actor, event } = stored;
      const fault = faults({ operation: "handle", n: ++n, actor, event });
      const what = `the handler, for ${event.type} of ${actor.type}/${actor.id}`;
      if (fault?.type === "throw-before") throw new Error(`${what}: injected, it was not called`);
      if (fault?.type === "wait") await fault.until;
      if (fault?.type === "delay") await new Promise<void>((resolve) => void scheduler.after(fault.ms, resolve));
      await handler(stored);
      if (fault?.type === "duplicate") await handler(stored);
      if (fault?.type === "throw-after") throw new Error(`${what}: injected, it was called`);
    };
  const subscribe = (given: NameOptions, handler: StoredEventHandler): ReturnType<EventBus["subscribeToEventStored"]> =>
    bus.subscribeToEventStored(given, typeof handler === "function" ? around(handler) : handler);
  return { subscribeToEventStored: subscribe };
}

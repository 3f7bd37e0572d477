// The event bus of one process, without a server: for tests, and for systems that live in one process.
import { type Clock, type Scheduler, systemClock, systemRandom, systemScheduler } from "@aether/actor";
import type { StoreBackend } from "@aether/persistence";
import { StoredEventBus } from "../bus/bus.ts";
import type { EventBus } from "../contracts/event-bus.ts";
import { loggedStore, MemoryEventLog } from "./event-log.ts";

export interface MemoryEventBus extends EventBus, AsyncDisposable {
  /**
   * The same backend, whose commits this bus tells from now on.
   * @example persistence({ store: bus.store(memory()) })
   */
  store(backend: StoreBackend): StoreBackend;
  /** Stops all subscriptions. */
  close(): Promise<void>;
}

export interface MemoryEventBusOptions {
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
  /** Hears what goes wrong on the way. @default nobody */
  readonly onProblem?: (problem: Error) => void;
}

/** What it tells, and what durable subscriptions remember, lives as long as the returned object. */
export function memoryEventBus(options: MemoryEventBusOptions = {}): MemoryEventBus {
  const { clock = systemClock, scheduler = systemScheduler, onProblem = (): void => {} } = options;
  const log = new MemoryEventLog(clock);
  const connection = log.connect(scheduler);
  const bus = new StoredEventBus({
    openLog: async () => connection,
    records: log.records,
    scheduler,
    random: systemRandom,
    problem: onProblem,
  });
  const close = (): Promise<void> => bus.close();
  const subscribeToEventStored: EventBus["subscribeToEventStored"] = (
    ...args: Parameters<typeof bus.subscribeToEventStored>
  ) => bus.subscribeToEventStored(...args);
  return { subscribeToEventStored, store: (backend) => loggedStore(backend, log), close, [Symbol.asyncDispose]: close };
}

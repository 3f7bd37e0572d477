// Places for the suite of the event bus in this process: connections that can be cut, and buses that can be broken.
import { systemClock, systemRandom, systemScheduler } from "@aether/actor";
import type { EventBus } from "@aether/cluster";
import type { BusPlace } from "@aether/cluster/testing";
import { memory } from "@aether/persistence/memory";
import { StoredEventBus, type BusParts } from "../src/bus/bus.ts";
import { loggedStore, MemoryEventLog, type MemoryLogConnection } from "../src/memory/event-log.ts";

/** Makes a bus from its parts; a broken one is another bus, or the same one from other parts. */
export type MakeBus = (parts: BusParts) => EventBus & { close(): Promise<void> };

export async function memoryBusPlace(make: MakeBus = (parts) => new StoredEventBus(parts)): Promise<BusPlace> {
  const log = new MemoryEventLog(systemClock);
  const stores = await loggedStore(memory(), log).open({ systemName: "t", warn: () => {} });
  const problems: string[] = [];
  const buses = new Map<string, { bus: ReturnType<MakeBus>; connection: MemoryLogConnection }>();
  return {
    events: stores.events,
    problems,
    async open(process) {
      const known = buses.get(process);
      if (known !== undefined) return known.bus;
      const connection = log.connect(systemScheduler);
      const bus = make({
        openLog: async () => connection,
        records: log.records,
        scheduler: systemScheduler,
        random: systemRandom,
        problem: (problem) => void problems.push((problem as { code?: string }).code ?? String(problem)),
      });
      buses.set(process, { bus, connection });
      return bus;
    },
    async close(process) {
      await buses.get(process)?.bus.close();
      buses.delete(process);
    },
    cut: async (process) => buses.get(process)?.connection.cut(true),
    heal: async (process) => buses.get(process)?.connection.cut(false),
    lose: (process, count) => buses.get(process)?.connection.lose(count),
    truncate: async (before, of) => log.truncate(before, of),
    setBack: async () => log.setBack(0),
    async later() {
      const now = systemClock.wall();
      while (systemClock.wall() <= now + 1) await new Promise((resolve) => setImmediate(resolve));
      const later = new Date(systemClock.wall());
      while (systemClock.wall() <= later.getTime() + 1) await new Promise((resolve) => setImmediate(resolve));
      return later;
    },
    async dispose() {
      await Promise.all([...buses.values()].map(({ bus }) => bus.close()));
      await stores.events.close();
    },
  };
}

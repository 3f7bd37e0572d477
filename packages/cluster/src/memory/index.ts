// The memory backend: several logical nodes of a cluster in one process, for demos and tests.
import { type Clock, type Random, type Scheduler, systemClock, systemRandom, systemScheduler } from "@aether/actor";
import type { EventLog, StoreBackend } from "@aether/persistence";
import type { ClusterBackend, OpenBackend } from "../contracts/backend.ts";
export { type MemoryEventBus, memoryEventBus, type MemoryEventBusOptions } from "./event-bus.ts";
import { MemoryEventLogs } from "./event-logs.ts";
import { MemoryNetwork, MemoryTable, MemoryTransport } from "./network.ts";

export interface MemoryCluster extends ClusterBackend {
  /**
   * The same backend, whose commits the event bus of every node tells from now on.
   * @example persistence({ store: nodes.store(memory()) })
   */
  store(backend: StoreBackend): StoreBackend;
  /** Cuts a node off from all others, from the table and from what is stored elsewhere: for them it has crashed. */
  cut(node: string): void;
  /** Connects it again. */
  heal(node: string): void;
}

/** What its event bus runs on; nodes have the ports of their systems. */
export interface MemoryClusterOptions {
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
  readonly random?: Random;
  /** What lies between the log and the bus of a node, such as a `faultyEventLog`. @default nothing */
  readonly wayTo?: (log: EventLog, node: string) => EventLog;
}

/** Systems of one name and namespace that are given the same object form one cluster. Nodes share nothing but bytes. */
export function memoryCluster(options: MemoryClusterOptions = {}): MemoryCluster {
  const { clock = systemClock, scheduler = systemScheduler, random = systemRandom, wayTo } = options;
  const networks = new Map<string, MemoryNetwork>();
  const logs = new MemoryEventLogs({ clock, scheduler, random, wayTo: wayTo ?? ((log) => log) });
  const each = (action: (network: MemoryNetwork) => void): void => [...networks.values()].forEach(action);
  return {
    name: "memory",
    includes: [],
    async open({ systemName, namespace = "", node, later, problem }): Promise<OpenBackend> {
      const name = `${namespace}.${systemName}`;
      const network = networks.get(name) ?? new MemoryNetwork();
      networks.set(name, network);
      const table = new MemoryTable(network, node);
      const eventBus = logs.busOf(node, systemName, problem);
      return {
        table,
        transport: new MemoryTransport(network, node, later),
        eventBus,
        close: async () => {
          await eventBus.close();
          table.close();
        },
      };
    },
    store: (backend) => logs.store(backend),
    cut: (node) => {
      each((network) => network.cut(node));
      logs.cut(node, true);
    },
    heal: (node) => {
      each((network) => network.heal(node));
      logs.cut(node, false);
    },
  };
}

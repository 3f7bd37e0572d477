// The memory backend: several logical nodes of a cluster in one process, for demos and tests.
import type { ClusterBackend, OpenBackend } from "../contracts/backend.ts";
export { type MemoryEventBus, memoryEventBus, type MemoryEventBusOptions } from "./event-bus.ts";
import { MemoryNetwork, MemoryTable, MemoryTransport } from "./network.ts";

export interface MemoryCluster extends ClusterBackend {
  /** Cuts a node off from all others and from the table: for them it has crashed. */
  cut(node: string): void;
  /** Connects it again. */
  heal(node: string): void;
}

/** Systems of one name and namespace that are given the same object form one cluster. Nodes share nothing but bytes. */
export function memoryCluster(): MemoryCluster {
  const networks = new Map<string, MemoryNetwork>();
  const each = (action: (network: MemoryNetwork) => void): void => [...networks.values()].forEach(action);
  return {
    name: "memory",
    includes: [],
    async open({ systemName, namespace = "", node, later }): Promise<OpenBackend> {
      const name = `${namespace}.${systemName}`;
      const network = networks.get(name) ?? new MemoryNetwork();
      networks.set(name, network);
      const table = new MemoryTable(network, node);
      return {
        table,
        transport: new MemoryTransport(network, node, later),
        close: async () => {
          table.close();
        },
      };
    },
    cut: (node) => each((network) => network.cut(node)),
    heal: (node) => each((network) => network.heal(node)),
  };
}

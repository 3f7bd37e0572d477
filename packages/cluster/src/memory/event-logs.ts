// What the nodes of a memory cluster stored, a log for each name of a system, and the bus of each node, which is cut off
// with its node.
import type { Clock, Random, Scheduler } from "@aether/actor";
import type { EventLog, StoreBackend } from "@aether/persistence";
import { StoredEventBus } from "../bus/bus.ts";
import type { BusRecords } from "../contracts/event-bus.ts";
import { loggedStore, MemoryEventLog, type MemoryLogConnection } from "./event-log.ts";

export interface MemoryEventLogsParts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly wayTo: (log: EventLog, node: string) => EventLog;
}

export class MemoryEventLogs {
  readonly #parts: MemoryEventLogsParts;
  readonly #logs = new Map<string, MemoryEventLog>();
  readonly #connections = new Map<string, Set<MemoryLogConnection>>();
  readonly #cut = new Set<string>();
  #hasStore = false;

  constructor(parts: MemoryEventLogsParts) {
    this.#parts = parts;
  }

  store(backend: StoreBackend): StoreBackend {
    this.#hasStore = true;
    return { ...backend, open: (scope) => loggedStore(backend, this.#logOf(scope.systemName)).open(scope) };
  }

  busOf(node: string, systemName: string, problem: (problem: Error) => void): StoredEventBus {
    const { scheduler, random, wayTo } = this.#parts;
    const log = this.#logOf(systemName);
    const connection = log.connect(scheduler);
    connection.cut(this.#cut.has(node));
    this.#connections.set(node, (this.#connections.get(node) ?? new Set()).add(connection));
    return new StoredEventBus({
      openLog: async () => wayTo(this.#told(connection), node),
      records: this.#reached(node, log.records),
      scheduler,
      random,
      problem,
    });
  }

  cut(node: string, isCut: boolean): void {
    if (isCut) this.#cut.add(node);
    else this.#cut.delete(node);
    for (const connection of this.#connections.get(node) ?? []) connection.cut(isCut);
  }

  #logOf(systemName: string): MemoryEventLog {
    const log = this.#logs.get(systemName) ?? new MemoryEventLog(this.#parts.clock);
    this.#logs.set(systemName, log);
    return log;
  }

  /** Otherwise a subscription would wait for ever, and nobody would know why. */
  #told(connection: MemoryLogConnection): EventLog {
    if (this.#hasStore) return connection;
    throw new TypeError(
      "memoryCluster: its event bus is told nothing; use persistence({ store: nodes.store(memory()) }), where nodes is the memoryCluster().",
    );
  }

  /** Checkpoints are kept elsewhere, too. */
  #reached(node: string, records: BusRecords): BusRecords {
    const check = (): void => {
      if (this.#cut.has(node)) throw new Error(`node "${node}" does not reach the checkpoints`);
    };
    return {
      read: async (name) => {
        check();
        return records.read(name);
      },
      write: async (name, text, expected) => {
        check();
        return records.write(name, text, expected);
      },
    };
  }
}

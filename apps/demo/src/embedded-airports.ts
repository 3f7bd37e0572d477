// All airports in one process, on an embedded store that outlives it: whoever opens the directory again finds them.
import { type ActorSystem, createSystem } from "@aether/actor";
import {
  type OpenStores,
  persistence,
  StoreDriverMissing,
  StoreFailed,
  StoreFormatUnknown,
  StoreInUse,
} from "@aether/persistence";
import { embedded } from "@aether/persistence/embedded";
import { Airport } from "./airport.ts";
import { countStats, type NodeStats } from "./node-stats.ts";
import { UsageError } from "./usage-error.ts";
import { withoutSnapshots } from "./without-snapshots.ts";

const systemName = "airports";

interface Running {
  readonly system: ActorSystem;
  readonly stats: () => NodeStats;
}

export class EmbeddedAirports {
  readonly #directory: string;
  /** Holds the file for this process, also while no system runs. */
  readonly #stores: OpenStores;
  #running: Running;

  /** @throws UsageError when the directory cannot be used, such as while another process has it open */
  static async open(directory: string): Promise<EmbeddedAirports> {
    const stores = await openStores(directory);
    try {
      return new EmbeddedAirports(directory, stores, await startSystem(directory, true));
    } catch (error) {
      await stores.close?.();
      throw error;
    }
  }

  private constructor(directory: string, stores: OpenStores, running: Running) {
    this.#directory = directory;
    this.#stores = stores;
    this.#running = running;
  }

  get system(): ActorSystem {
    return this.#running.system;
  }

  stats(): NodeStats {
    return this.#running.stats();
  }

  /** The airports that have a history here. */
  async stored(): Promise<readonly string[]> {
    const codes: string[] = [];
    for await (const page of this.#stores.events.list()) {
      for (const { type, id } of page) if (type === Airport.type) codes.push(id);
    }
    return codes;
  }

  /** Everything leaves memory; the next question to an airport recovers it. */
  async restart({ snapshots }: { readonly snapshots: boolean }): Promise<void> {
    await this.system.stop();
    this.#running = await startSystem(this.#directory, snapshots);
  }

  async close(): Promise<void> {
    await this.system.stop();
    await this.#stores.close?.();
  }
}

async function startSystem(directory: string, snapshots: boolean): Promise<Running> {
  const store = embedded({ directory });
  const system = await createSystem({
    name: systemName,
    actors: [Airport],
    plugins: [persistence({ store: snapshots ? store : withoutSnapshots(store) })],
    log: false,
  });
  return { system, stats: countStats(system) };
}

async function openStores(directory: string): Promise<OpenStores> {
  const warn = (message: string): void => void process.stderr.write(`${message}\n`);
  try {
    return await embedded({ directory }).open({ systemName, warn });
  } catch (error) {
    if (error instanceof StoreFailed) {
      throw new UsageError(`--data "${directory}" cannot be used: ${String(error.data["reason"])}.`);
    }
    const isTold = [StoreInUse, StoreFormatUnknown, StoreDriverMissing].some((known) => error instanceof known);
    throw isTold ? new UsageError((error as Error).message) : error;
  }
}

// Node processes over a real NATS server, all started here and ended here, by their pids.
import { type ActorSystem, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { findNatsServer, type NatsServer, startNatsServer } from "@aether/nats/server";
import { placeOf } from "@aether/persistence/jetstream";
import { jetstreamManager } from "@nats-io/jetstream";
import type { Fleet, FleetParts } from "./fleet.ts";
import { NodeProcess } from "./node-process.ts";

const systemName = "airports";

/** @throws ServerNotFound (`NATS_SERVER_NOT_FOUND`) when there is no nats-server to be had */
export async function startNatsFleet(count: number, { say, signal, fail }: FleetParts): Promise<Fleet> {
  const { path, version } = await findNatsServer({ log: say, signal });
  signal.throwIfAborted();
  const server = await startNatsServer({ binary: path });
  try {
    signal.throwIfAborted();
    say(`nats-server ${version} on ${server.url}`);
    const client = await createSystem({
      name: systemName,
      plugins: [cluster({ servers: server.url, node: "feeder" })],
      log: false,
    });
    return new NatsFleet({ server, client, count, fail });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

interface Parts {
  readonly server: NatsServer;
  readonly client: ActorSystem;
  readonly count: number;
  readonly fail: (error: Error) => void;
}

class NatsFleet implements Fleet {
  readonly mode = "nats";
  readonly names: readonly string[];
  readonly client: ActorSystem;
  readonly #parts: Parts;
  /** The process that bears the name now. */
  readonly #nodes = new Map<string, NodeProcess>();
  /** All that have not ended yet, also those on their way out. */
  readonly #alive = new Set<NodeProcess>();
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.client = parts.client;
    this.names = Array.from({ length: parts.count }, (_, i) => `node-${i + 1}`);
  }

  async start(name: string, { snapshots } = { snapshots: true }): Promise<void> {
    if (this.#closing !== undefined) throw new Error(`${name} is not started: the run is being closed`);
    const { server, fail } = this.#parts;
    const node = new NodeProcess([name, server.url, snapshots ? "snapshots" : "full-replay"], fail);
    this.#nodes.set(name, node);
    this.#alive.add(node);
    void node.exited.then(() => this.#alive.delete(node));
    await node.ready();
  }

  kill(name: string): Promise<void> {
    return this.#running(name).kill();
  }

  stop(name: string): Promise<void> {
    return this.#running(name).stop();
  }

  stats(name: string): ReturnType<Fleet["stats"]> {
    return this.#running(name).stats();
  }

  /** From the streams themselves: a killed node can no longer tell what it wrote. */
  async written(): ReturnType<Fleet["written"]> {
    await using link = await connectLink({ servers: this.#parts.server.url });
    const { streams } = await jetstreamManager(link.connection);
    const [events, snapshots] = await Promise.all(
      (["ev", "sn"] as const).map((kind) => streams.info(placeOf(systemName, kind).stream)),
    );
    return { commits: events?.state.last_seq ?? 0, snapshots: snapshots?.state.last_seq ?? 0 };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#alive].map((node) => node.kill()));
    try {
      await this.client.stop();
    } finally {
      await this.#parts.server.stop();
    }
  }

  #running(name: string): NodeProcess {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`${name} is not running`);
    return node;
  }
}

// Node processes over a real NATS server, all started here and ended here, by their pids.
import { type ActorSystem, createSystem } from "@aether/actor";
import { findNatsServer } from "@aether/nats/server";
import type { Fleet, FleetParts, ProcessFaults } from "./fleet.ts";
import { type NatsServers, startNatsServers } from "./nats-servers.ts";
import { nodePlugins, systemName } from "./node-plugins.ts";
import { type Joining, NodeProcess, type Recovery } from "./node-process.ts";

export interface FleetSize {
  readonly nodes: number;
  readonly servers: 1 | 3;
}

/** @throws ServerNotFound (`NATS_SERVER_NOT_FOUND`) when there is no nats-server to be had */
export async function startNatsFleet(size: FleetSize, { say, signal, fail }: FleetParts): Promise<Fleet> {
  const { path, version } = await findNatsServer({ log: say, signal });
  signal.throwIfAborted();
  const servers = await startNatsServers(size.servers, path);
  try {
    signal.throwIfAborted();
    say(`nats-server ${version} on ${servers.urls.join(", ")}`);
    const client = await createSystem({
      name: systemName,
      plugins: nodePlugins({ node: "feeder", servers: servers.urls }),
      log: false,
    });
    return new NatsFleet({ servers, client, count: size.nodes, fail });
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

interface Parts {
  readonly servers: NatsServers;
  readonly client: ActorSystem;
  readonly count: number;
  readonly fail: (error: Error) => void;
}

class NatsFleet implements Fleet {
  readonly mode = "nats";
  readonly names: readonly string[];
  readonly client: ActorSystem;
  readonly processes: ProcessFaults;
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
    this.processes = {
      pause: (name) => this.#running(name).pause(),
      resume: (name) => this.#running(name).resume(),
      killLeader: () => parts.servers.killLeader(),
    };
  }

  start(name: string): Promise<void> {
    return this.#start(name, "snapshots", "in-steps");
  }

  async startAll({ snapshots } = { snapshots: true }): Promise<void> {
    const recovery = snapshots ? "snapshots" : "full-replay";
    await Promise.all(this.names.map((name) => this.#start(name, recovery, "at-once")));
  }

  async #start(name: string, ...how: readonly [Recovery, Joining]): Promise<void> {
    if (this.#closing !== undefined) throw new Error(`${name} is not started: the run is being closed`);
    const { servers, fail } = this.#parts;
    const node = new NodeProcess([name, servers.urls.join(","), ...how], fail);
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
    const { servers } = this.#parts;
    const [events, snapshots] = await Promise.all([servers.stream("ev"), servers.stream("sn")]);
    return { commits: events.state.last_seq, snapshots: snapshots.state.last_seq };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#alive].map((node) => node.kill()));
    try {
      await this.client.stop();
    } finally {
      await this.#parts.servers.stop();
    }
  }

  #running(name: string): NodeProcess {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`${name} is not running`);
    return node;
  }
}

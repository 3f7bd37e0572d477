// Node processes over a real NATS server, all started here and ended here, by their pids.
import { type ActorSystem, createSystem } from "@aether/actor";
import { cluster } from "@aether/cluster";
import { connectLink } from "@aether/nats";
import { findNatsServer, type NatsServer, startNatsServer } from "@aether/nats/server";
import { placeOf } from "@aether/persistence/jetstream";
import { jetstreamManager } from "@nats-io/jetstream";
import type { Fleet } from "./fleet.ts";
import { NodeProcess } from "./node-process.ts";

const systemName = "airports";

/** @throws ServerNotFound (`NATS_SERVER_NOT_FOUND`) when there is no nats-server to be had */
export async function startNatsFleet(count: number, log: (line: string) => void): Promise<Fleet> {
  const { path, version } = await findNatsServer({ log });
  const server = await startNatsServer({ binary: path });
  log(`nats-server ${version} on ${server.url}`);
  try {
    const client = await createSystem({
      name: systemName,
      plugins: [cluster({ servers: server.url, node: "feeder" })],
      log: false,
    });
    return createFleet(server, client, count);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function createFleet(server: NatsServer, client: ActorSystem, count: number): Fleet {
  const nodes = new Map<string, NodeProcess>();
  const running = (name: string): NodeProcess => {
    const node = nodes.get(name);
    if (node === undefined) throw new Error(`${name} is not running`);
    return node;
  };
  const end = async (name: string, how: "kill" | "stop"): Promise<void> => {
    const node = nodes.get(name);
    nodes.delete(name);
    await node?.[how]();
  };
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([...nodes.keys()].map((name) => end(name, "kill")));
    await client.stop();
    await server.stop();
  };
  return {
    mode: "nats",
    names: Array.from({ length: count }, (_, i) => `node-${i + 1}`),
    client,
    async start(name, { snapshots } = { snapshots: true }) {
      const node = new NodeProcess([name, server.url, snapshots ? "snapshots" : "full-replay"]);
      nodes.set(name, node);
      await node.ready();
    },
    kill: (name) => end(name, "kill"),
    stop: (name) => end(name, "stop"),
    stats: (name) => running(name).stats(),
    written: () => countWritten(server.url),
    close: () => (closing ??= close()),
  };
}

/** From the streams themselves: a killed node can no longer tell what it wrote. */
async function countWritten(servers: string): Promise<{ commits: number; snapshots: number }> {
  await using link = await connectLink({ servers });
  const { streams } = await jetstreamManager(link.connection);
  const [events, snapshots] = await Promise.all(
    (["ev", "sn"] as const).map((kind) => streams.info(placeOf(systemName, kind).stream)),
  );
  return { commits: events?.state.last_seq ?? 0, snapshots: snapshots?.state.last_seq ?? 0 };
}

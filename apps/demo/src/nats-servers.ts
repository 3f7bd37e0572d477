// The nats-servers of a run: one, or three that replicate.
import { setTimeout as delay } from "node:timers/promises";
import { connectLink } from "@aether/nats";
import { type NatsServer, startNatsCluster, startNatsServer } from "@aether/nats/server";
import { placeOf } from "@aether/persistence/jetstream";
import { jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import { systemName } from "./node-plugins.ts";

const pollMs = 100;

export interface KilledServer {
  readonly name: string;
  /** Settles once it holds all that the others hold. */
  restart(): Promise<void>;
}

export interface NatsServers {
  readonly urls: readonly string[];
  /** Of the stream of the events, or of the snapshots. */
  stream(kind: "ev" | "sn"): Promise<StreamInfo>;
  /** SIGKILL for the server that leads the stream of the events. */
  killLeader(): Promise<KilledServer>;
  stop(): Promise<void>;
}

export async function startNatsServers(count: 1 | 3, binary: string): Promise<NatsServers> {
  if (count === 1) {
    const server = await startNatsServer({ binary });
    return assemble(
      [server],
      () => server,
      () => server.stop(),
    );
  }
  const cluster = await startNatsCluster({ binary });
  return assemble(
    cluster.servers,
    (name) => cluster.named(name),
    () => cluster.stop(),
  );
}

function assemble(
  servers: readonly NatsServer[],
  named: (name: string) => NatsServer,
  stop: () => Promise<void>,
): NatsServers {
  const urls = servers.map(({ url }) => url);
  const stream = async (kind: "ev" | "sn"): Promise<StreamInfo> => {
    await using link = await connectLink({ servers: urls });
    const { streams } = await jetstreamManager(link.connection);
    return await streams.info(placeOf(systemName, kind).stream);
  };
  const isCurrent = async (): Promise<boolean> => {
    const { cluster } = await stream("ev").catch(() => ({ cluster: undefined }));
    const replicas = cluster?.replicas ?? [];
    return replicas.length === servers.length - 1 && replicas.every(({ current, offline }) => current && !offline);
  };
  return {
    urls,
    stream,
    stop,
    async killLeader() {
      const { cluster } = await stream("ev");
      const name = cluster?.leader ?? "";
      named(name).kill();
      return {
        name,
        async restart() {
          await named(name).restart();
          while (!(await isCurrent())) await delay(pollMs);
        },
      };
    },
  };
}

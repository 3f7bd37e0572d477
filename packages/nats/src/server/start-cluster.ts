// Starts several nats-servers that replicate JetStream among them, on this machine, for development and tests. Invariant:
// when it resolves, all of them agree on who leads, so that a stream can be made at once.
import { setTimeout as delay } from "node:timers/promises";
import { ServerStartFailed } from "../errors.ts";
import { findNatsServer } from "./find-server.ts";
import { type NatsServer, startNatsServer, type StartNatsServerOptions } from "./start-server.ts";

const readyTimeoutMs = 60_000;
const pollMs = 50;

/** Options of {@link startNatsCluster}; those of a server hold for each. */
export interface StartNatsClusterOptions extends Pick<
  StartNatsServerOptions,
  "syncInterval" | "config" | "binary" | "log"
> {
  /** How many servers. @default 3 */
  readonly servers?: 3 | 5;
  /** What differs from server to server, by its name. @default nothing */
  readonly each?: (name: string) => Pick<StartNatsServerOptions, "host" | "storeDir" | "binary">;
}

/** Running servers of one cluster that this process owns. */
export interface NatsCluster extends AsyncDisposable {
  /** Named `n1`, `n2`, … in the server's own words. */
  readonly servers: readonly NatsServer[];
  /** Of all servers. */
  readonly urls: readonly string[];
  /** Of all servers. */
  readonly monitoringUrls: readonly string[];
  /** The server of that name, such as a stream's leader. @throws RangeError for a name that none has */
  named(name: string): NatsServer;
  /** Ends all servers in order and removes their temporary files. */
  stop(): Promise<void>;
}

/**
 * Starts the servers and resolves when they have elected a leader.
 * @throws ServerNotFound (NATS_SERVER_NOT_FOUND) when there is no binary
 * @throws ServerStartFailed (NATS_SERVER_START_FAILED) when one does not start, or they do not find each other
 */
export async function startNatsCluster(options: StartNatsClusterOptions = {}): Promise<NatsCluster> {
  const { servers: count = 3, each, ...all } = options;
  const binary = all.binary ?? (await findNatsServer({ log: all.log ?? (() => {}) })).path;
  const started: NatsServer[] = [];
  const start = async (name: string, route: string): Promise<NatsServer> => {
    const place = { cluster: "aether", name, routes: [route] };
    const server = await startNatsServer({ ...all, binary, ...each?.(name), cluster: place });
    started.push(server);
    return server;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  try {
    // The first server gets a route to nowhere (a cluster needs one) and the others one to it: no port has to be guessed.
    const first = await start("n1", "nats://127.0.0.1:1");
    const names = Array.from({ length: count - 1 }, (_, i) => `n${i + 2}`);
    const servers = [first, ...(await Promise.all(names.map((name) => start(name, first.routeUrl as string))))];
    await untilAgreed(servers);
    return assemble(servers, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function assemble(servers: readonly NatsServer[], stop: () => Promise<void>): NatsCluster {
  return {
    servers,
    urls: servers.map(({ url }) => url),
    monitoringUrls: servers.map(({ monitoringUrl }) => monitoringUrl),
    named: (name) => {
      const server = servers[Number(/^n(\d+)$/.exec(name)?.[1]) - 1];
      if (server === undefined) throw new RangeError(`the cluster has no server "${name}"`);
      return server;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** JetStream's own group: who leads it, and how many servers it counts. */
interface MetaGroup {
  readonly leader?: string;
  readonly cluster_size?: number;
}

async function untilAgreed(servers: readonly NatsServer[]): Promise<void> {
  const until = performance.now() + readyTimeoutMs;
  while (performance.now() < until) {
    const groups = await Promise.all(servers.map(metaGroup));
    const leader = groups[0]?.leader;
    if (leader && groups.every((group) => group.leader === leader && group.cluster_size === servers.length)) return;
    await delay(pollMs);
  }
  throw new ServerStartFailed(`${servers.length} nats-servers did not agree on a leader within ${readyTimeoutMs} ms`);
}

async function metaGroup({ monitoringUrl }: NatsServer): Promise<MetaGroup> {
  const answer = await fetch(`${monitoringUrl}/jsz`);
  const { meta_cluster: group = {} } = (await answer.json()) as { readonly meta_cluster?: MetaGroup };
  return group;
}

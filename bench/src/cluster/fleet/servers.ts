// The nats-servers of a row: one, or three that replicate.
import { type NatsServer, startNatsCluster, startNatsServer } from "@aether/nats/server";

export interface Servers extends AsyncDisposable {
  readonly urls: readonly string[];
  /** By the name that JetStream calls its leader. */
  named(name: string): NatsServer;
}

export async function startServers(count: 1 | 3): Promise<Servers> {
  if (count === 3) {
    const cluster = await startNatsCluster();
    return {
      urls: cluster.urls,
      named: (name) => cluster.named(name),
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  }
  const server = await startNatsServer();
  return { urls: [server.url], named: () => server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

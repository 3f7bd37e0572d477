// The model of nats-server in place of the real one, for tests that start theirs by `@aether/nats/server`.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { NatsCluster, NatsServer } from "@aether/nats/server";
import { listenAsNats, type ListeningModel } from "../src/simulation/model/listen.ts";

type ModelServer = Pick<NatsServer, "url" | "port" | "monitoringUrl" | "stop" | typeof Symbol.asyncDispose>;
type ModelCluster = Pick<NatsCluster, "urls" | "stop" | typeof Symbol.asyncDispose>;

/** @throws Error for options: the model has none of them */
export async function startNatsServer(options?: object): Promise<ModelServer> {
  if (options !== undefined) throw new Error("the model of nats-server takes no options");
  const listening = await listenAsNats({ servers: 1 });
  const monitoring = await monitor(listening);
  const stop = async (): Promise<void> => {
    await listening[Symbol.asyncDispose]();
    await monitoring.stop();
  };
  const [url = ""] = listening.urls;
  const [port = 0] = listening.ports;
  return { url, port, monitoringUrl: monitoring.url, stop, [Symbol.asyncDispose]: stop };
}

export async function startNatsCluster(): Promise<ModelCluster> {
  const listening = await listenAsNats({ servers: 3 });
  const stop = async (): Promise<void> => {
    await listening[Symbol.asyncDispose]();
  };
  return { urls: [...listening.urls], stop, [Symbol.asyncDispose]: stop };
}

/** Says how many subscriptions there are. */
async function monitor({ model }: ListeningModel): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((_, answer) => {
    answer.end(JSON.stringify({ connections: [{ subscriptions: model.subscriptions }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${port}`, stop };
}

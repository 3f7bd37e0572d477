// The model behind real sockets, so that what is written for a real server can be run against it: the same suites, the same
// client. This is what keeps the model honest.
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { NatsModel, type NatsModelOptions } from "./nats-model.ts";

export interface ListeningModel extends AsyncDisposable {
  readonly model: NatsModel;
  /** One per server. */
  readonly urls: readonly string[];
  readonly ports: readonly number[];
}

/** Listens on free ports of 127.0.0.1, in real time. */
export async function listenAsNats(options: Pick<NatsModelOptions, "servers">): Promise<ListeningModel> {
  const model = new NatsModel({
    ...options,
    ports: {
      now: () => Date.now(),
      after: (delayMs, task) => {
        const timer = setTimeout(task, delayMs);
        return () => clearTimeout(timer);
      },
      chance: () => Math.random(),
    },
  });
  const sockets = new Set<Socket>();
  const servers = await Promise.all(model.servers.map((_, server) => listen(model, server, sockets)));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  const dispose = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    model.endConsumers();
  };
  return { model, ports, urls: ports.map((port) => `nats://127.0.0.1:${port}`), [Symbol.asyncDispose]: dispose };
}

async function listen(model: NatsModel, server: number, sockets: Set<Socket>): Promise<Server> {
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    const session = model.connect(server, (bytes) => {
      // All that is said at once goes out at once.
      if (socket.writableCorked === 0) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      }
      socket.write(bytes);
    });
    socket.on("data", (chunk) => session.receive(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      sockets.delete(socket);
      model.disconnect(session);
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return listening;
}

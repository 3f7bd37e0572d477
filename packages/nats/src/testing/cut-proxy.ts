// A TCP proxy in front of a NATS server, for tests of what a lost connection does. Invariant: faults happen when the
// test says so and at a protocol boundary, never by timing. Plain connections only (no TLS).
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { createFrameSplitter } from "./server-frames.ts";

/** A JetStream acknowledgement that was about to pass. */
export interface PassingAck {
  readonly stream: string;
  readonly sequence: number;
}

/** A proxy that can lose connections on purpose. */
export interface CutProxy extends AsyncDisposable {
  /** `nats://127.0.0.1:<port>`: give this to the link. */
  readonly url: string;
  readonly port: number;
  /** How many clients are connected through it. */
  readonly connections: number;
  /** Drops all connections now. Clients may connect again at once. */
  cut(): void;
  /** While on, new connections are dropped as they come. Those that exist stay. */
  refuse(on: boolean): void;
  /**
   * Drops all connections in place of the next acknowledgement of a published message (that matches): it is stored,
   * and its sender never hears of it. Resolves with that acknowledgement when it has happened.
   */
  cutBeforeAck(match?: (ack: PassingAck) => boolean): Promise<PassingAck>;
  /** Ends the proxy and its connections. */
  stop(): Promise<void>;
}

interface Trap {
  readonly match: (ack: PassingAck) => boolean;
  readonly spring: (ack: PassingAck) => void;
}

/** Starts a proxy on a free port of 127.0.0.1 to `target.port` of the same machine. */
export async function startCutProxy(options: { readonly target: { readonly port: number } }): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  const traps = new Set<Trap>();
  let isRefusing = false;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const server = createServer((client) => {
    if (isRefusing) client.destroy();
    else relay(client, connect({ host: "127.0.0.1", port: options.target.port }), { sockets, traps, cut });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    cut();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    get connections() {
      return sockets.size / 2;
    },
    cut,
    refuse: (on) => {
      isRefusing = on;
    },
    cutBeforeAck: (match = () => true) => new Promise((resolve) => void traps.add({ match, spring: resolve })),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Wiring {
  readonly sockets: Set<Socket>;
  readonly traps: Set<Trap>;
  readonly cut: () => void;
}

function relay(client: Socket, server: Socket, { sockets, traps, cut }: Wiring): void {
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ] as const) {
    sockets.add(socket);
    socket.setNoDelay(true);
    // A reset is what this proxy is for; "close" follows and takes the other side down.
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
  }
  client.pipe(server);
  const split = createFrameSplitter();
  server.on("data", (chunk: Buffer) => {
    for (const { bytes, payload } of split(chunk)) {
      const ack = payload === undefined || traps.size === 0 ? undefined : ackIn(payload);
      const trap = ack === undefined ? undefined : [...traps].find(({ match }) => match(ack));
      if (trap === undefined || ack === undefined) client.write(bytes);
      else {
        traps.delete(trap);
        cut();
        trap.spring(ack);
        return;
      }
    }
  });
}

function ackIn(payload: Buffer): PassingAck | undefined {
  const text = payload.toString("utf8");
  if (!text.startsWith('{"stream":') || !text.includes('"seq":')) return undefined;
  const { stream, seq, error } = JSON.parse(text) as { stream: string; seq: number; error?: unknown };
  return error === undefined ? { stream, sequence: seq } : undefined;
}

// A TCP proxy in front of a NATS server, for tests of what a lost connection does. Invariant: faults happen when the
// test says so and at a protocol boundary, never by timing. Plain connections only (no TLS).
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { type HeldPublish, type PassingAck, relay, type Wiring } from "./relay.ts";

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
  /**
   * Keeps back the next published message to a subject that matches, and drops the connection that it came over: its
   * sender does not know what became of it, and it may arrive later. Resolves with it when that has happened.
   */
  holdPublish(match: (subject: string) => boolean): Promise<HeldPublish>;
  /** Ends the proxy and its connections. */
  stop(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1 to `target.port` of the same machine. */
export async function startCutProxy(options: { readonly target: { readonly port: number } }): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const wiring: Wiring = { sockets, acks: new Set(), publishes: new Set(), cut };
  let isRefusing = false;
  const server = createServer((client) => {
    if (isRefusing) client.destroy();
    else relay(client, connect({ host: "127.0.0.1", port: options.target.port }), wiring);
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
      return Math.floor(sockets.size / 2);
    },
    cut,
    refuse: (on) => {
      isRefusing = on;
    },
    cutBeforeAck: (match = () => true) => new Promise((spring) => void wiring.acks.add({ match, spring })),
    holdPublish: (match) => new Promise((spring) => void wiring.publishes.add({ match, spring })),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

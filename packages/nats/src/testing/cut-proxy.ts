// A TCP proxy in front of a NATS server, for tests of what a lost connection does. Invariant: faults happen when the
// test says so and at a protocol boundary, never by timing. Plain connections only (no TLS).
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { type HeldPublish, type PassingAck, relay, type Side, stall, type Wiring } from "./relay.ts";

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
   * While on, nothing that this side says gets through, on connections old and new: as if the network had lost it. What it
   * said meanwhile arrives when it is off again, as TCP would send it once more.
   */
  stall(from: Side, on: boolean): void;
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

/** Where a proxy stands. */
export interface CutProxyOptions {
  /** @default host "127.0.0.1" */
  readonly target: { readonly port: number; readonly host?: string };
  /** Where it listens. @default "127.0.0.1" */
  readonly host?: string;
}

/** Starts a proxy on a free port. */
export async function startCutProxy(options: CutProxyOptions): Promise<CutProxy> {
  const { target, host = "127.0.0.1" } = options;
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const wiring: Wiring = { sockets, links: new Set(), stalled: new Set(), acks: new Set(), publishes: new Set(), cut };
  let isRefusing = false;
  const server = createServer((client) => {
    if (isRefusing) client.destroy();
    else relay(client, connect({ host: "127.0.0.1", ...target }), wiring);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    cut();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    url: `nats://${host}:${port}`,
    port,
    get connections() {
      return Math.floor(sockets.size / 2);
    },
    cut,
    refuse: (on) => {
      isRefusing = on;
    },
    stall: (from, on) => stall(wiring, from, on),
    cutBeforeAck: (match = () => true) => new Promise((spring) => void wiring.acks.add({ match, spring })),
    holdPublish: (match) => new Promise((spring) => void wiring.publishes.add({ match, spring })),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

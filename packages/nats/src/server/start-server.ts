// Starts one nats-server with JetStream for development and tests, and stops it in order. Invariant: it listens on
// 127.0.0.1 unless told otherwise, on ports that it bound itself (no guessed "free" port), and leaves nothing behind.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ServerStartFailed } from "../errors.ts";
import { findNatsServer } from "./find-server.ts";
import { guardDirectory, unguardDirectory } from "./process-guard.ts";
import { type BoundPorts, type RunDirectory, serverArgs } from "./server-args.ts";
import { runServer, type ServerProcess } from "./server-process.ts";

const stopTimeoutMs = 10_000;
const rebindAttempts = 20;

/** Options of {@link startNatsServer}. */
export interface StartNatsServerOptions {
  /** The port for clients; 0 lets the server choose a free one. @default 0 */
  readonly port?: number;
  /** Where it listens. It asks nobody for a password: another address than this is for closed networks. @default "127.0.0.1" */
  readonly host?: string;
  /** Where JetStream stores. A given one is kept at stop. @default a temporary directory, removed at stop */
  readonly storeDir?: string;
  /** How often JetStream flushes to disk, such as `10s`; `always` does it before each acknowledgement. @default the server's, 2 minutes */
  readonly syncInterval?: string;
  /** Makes it one of several: see {@link startNatsCluster}, which is simpler. */
  readonly cluster?: ClusterPlace;
  /** Extra lines of nats-server configuration (`max_payload: 8MB`, …). A `jetstream` block here replaces `syncInterval`. */
  readonly config?: string;
  /** The server's executable, not checked further. @default what {@link findNatsServer} finds */
  readonly binary?: string;
  /** Gets the server's log lines and those of the search for it. @default nothing is logged */
  readonly log?: (line: string) => void;
  /** Whether JetStream is on. @default true */
  readonly jetstream?: boolean;
}

/** Where a server belongs in a cluster. */
export interface ClusterPlace {
  readonly cluster: string;
  /** The server's own name, another one for each. */
  readonly name: string;
  /** Other servers' `routeUrl`; JetStream needs at least one, be it a server that is not there yet. */
  readonly routes: readonly string[];
}

/** A running server that this process owns. */
export interface NatsServer {
  /** `nats://<host>:<port>` */
  readonly url: string;
  readonly port: number;
  /** `http://<host>:<port>`: the server's monitoring endpoint. */
  readonly monitoringUrl: string;
  /** Where other servers of its cluster reach it; absent without `cluster`. */
  readonly routeUrl: string | undefined;
  /** The pid of the present run; another one after `restart()`. */
  readonly pid: number;
  readonly storeDir: string;
  /** Ends the server in order (killed after 10 s) and removes its temporary files. May be called twice. */
  stop(): Promise<void>;
  /** Sends a signal, `SIGKILL` unless said otherwise, and does not wait. */
  kill(signal?: NodeJS.Signals): void;
  /** Runs the server again with the same ports and store; ends it in order first if it still runs. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a server and resolves when it is ready. It ends with this process, unless that is killed with SIGKILL.
 * @throws ServerNotFound (NATS_SERVER_NOT_FOUND) when there is no binary
 * @throws ServerStartFailed (NATS_SERVER_START_FAILED) with the server's last log lines
 */
export async function startNatsServer(options: StartNatsServerOptions = {}): Promise<NatsServer> {
  const log = options.log ?? (() => {});
  const binary = options.binary ?? (await findNatsServer({ log })).path;
  const runDir = await mkdtemp(join(tmpdir(), "aether-nats-"));
  guardDirectory(runDir);
  const directory = { runDir, storeDir: options.storeDir ?? join(runDir, "store") };
  await mkdir(join(runDir, "ports"));
  const config = configOf(options);
  if (config !== undefined) await writeFile(join(runDir, "server.conf"), config);
  const host = options.host ?? "127.0.0.1";
  const run = (ports: BoundPorts): Promise<ServerProcess> => {
    const args = serverArgs(options, { ...directory, hasConfig: config !== undefined, ports });
    return runServer({ binary, args, host, portsDir: join(runDir, "ports"), log });
  };
  try {
    const first = await run({ port: options.port ?? 0, monitoringPort: 0, routePort: 0 });
    return ownServer(first, { run, directory, host, isInCluster: options.cluster !== undefined });
  } catch (error) {
    await removeDirectory(runDir);
    throw error;
  }
}

function configOf({ config, syncInterval }: StartNatsServerOptions): string | undefined {
  if (syncInterval === undefined) return config;
  return `jetstream { sync_interval: ${syncInterval} }\n${config ?? ""}`;
}

interface Owned {
  readonly directory: RunDirectory;
  readonly host: string;
  readonly isInCluster: boolean;
  readonly run: (ports: BoundPorts) => Promise<ServerProcess>;
}

function ownServer(first: ServerProcess, { run, directory, host, isInCluster }: Owned): NatsServer {
  const { ports } = first;
  let current = first;
  const stop = async (): Promise<void> => {
    await end(current);
    await removeDirectory(directory.runDir);
  };
  return {
    url: `nats://${host}:${ports.port}`,
    port: ports.port,
    monitoringUrl: `http://${host}:${ports.monitoringPort}`,
    routeUrl: isInCluster ? `nats://${host}:${ports.routePort}` : undefined,
    get pid() {
      return current.pid;
    },
    storeDir: directory.storeDir,
    stop,
    kill: (signal = "SIGKILL") => current.signal(signal),
    restart: async () => {
      await end(current);
      current = await rebind(() => run(ports));
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function removeDirectory(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
  unguardDirectory(path);
}

async function end(server: ServerProcess): Promise<void> {
  if (server.hasExited) return;
  // One that was paused would not hear that it is to end.
  server.signal("SIGCONT");
  server.signal("SIGTERM");
  const timer = new AbortController();
  const late = delay(stopTimeoutMs, true, { signal: timer.signal }).catch(() => false);
  if (await Promise.race([server.exited.then(() => false), late])) server.signal("SIGKILL");
  timer.abort();
  await server.exited;
}

// While the server was down, the system may have lent its port to an outgoing connection: those end soon.
async function rebind(run: () => Promise<ServerProcess>): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const isTaken = error instanceof ServerStartFailed && /address already in use/i.test(error.message);
      if (!isTaken || attempt === rebindAttempts) throw error;
      await delay(250);
    }
  }
}

// The command line of one run of nats-server. Invariant: a port that is 0 is chosen by the server, any other is asked for
// again, so that a server that is restarted is found where it was: by clients, by monitoring, by the rest of its cluster.
import { join } from "node:path";
import type { StartNatsServerOptions } from "./start-server.ts";

/** The ports of a run, as the server reported them; 0 for one that it is to choose. */
export interface BoundPorts {
  readonly port: number;
  readonly monitoringPort: number;
  /** For the other servers of its cluster; 0 without one. */
  readonly routePort: number;
}

/** Where a server keeps its files. */
export interface RunDirectory {
  readonly runDir: string;
  readonly storeDir: string;
}

/** What differs from run to run, beside the options. */
export interface ServerRun extends RunDirectory {
  readonly hasConfig: boolean;
  readonly ports: BoundPorts;
}

/** The arguments of nats-server. */
export function serverArgs(
  { host = "127.0.0.1", jetstream, cluster }: StartNatsServerOptions,
  run: ServerRun,
): readonly string[] {
  const portOf = (port: number): string => (port === 0 ? "-1" : String(port));
  const { port, monitoringPort, routePort } = run.ports;
  const args = ["-a", host, "-p", portOf(port), "-m", portOf(monitoringPort)];
  args.push("--ports_file_dir", join(run.runDir, "ports"));
  if (jetstream !== false) args.push("-js", "-sd", run.storeDir);
  if (cluster !== undefined) {
    args.push("--server_name", cluster.name, "--cluster_name", cluster.cluster);
    args.push("--cluster", `nats://${host}:${portOf(routePort)}`, "--routes", cluster.routes.join(","));
  }
  if (run.hasConfig) args.push("-c", join(run.runDir, "server.conf"));
  return args;
}

// The launcher: finds a nats-server binary and runs it, for development, demos and tests. It knows nothing of the link.
export { findNatsServer, type FindNatsServerOptions, type FoundNatsServer } from "./find-server.ts";
export { type NatsCluster, startNatsCluster, type StartNatsClusterOptions } from "./start-cluster.ts";
export { type ClusterPlace, type NatsServer, startNatsServer, type StartNatsServerOptions } from "./start-server.ts";
export { LinkError, ServerNotFound, ServerStartFailed, ServerTooOld } from "../errors.ts";

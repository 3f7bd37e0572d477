// The launcher: finds a nats-server binary and runs it, for development, demos and tests. It knows nothing of the link.
export { findNatsServer, type FindNatsServerOptions, type FoundNatsServer } from "./find-server.ts";
export { startNatsServer, type NatsServer, type StartNatsServerOptions } from "./start-server.ts";
export { LinkError, ServerNotFound, ServerStartFailed, ServerTooOld } from "../errors.ts";

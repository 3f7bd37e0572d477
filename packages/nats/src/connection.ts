// The first connection and its settings. Invariant: a link never waits for ever to begin, and never begins with a
// server that is too old; once it has begun it reconnects for ever.
import {
  type Authenticator,
  connect,
  createInbox,
  type NatsConnection,
  type NodeConnectionOptions,
} from "@nats-io/transport-node";
import { setTimeout as delay } from "node:timers/promises";
import { ConnectionRefusedByServer, ServerTooOld, Unreachable } from "./errors.ts";
import type { LinkOptions } from "./link-options.ts";
import { reconnectPace } from "./reconnect-pace.ts";
import { whyRefused } from "./refusal.ts";
import { serverUrlsOf } from "./server-urls.ts";
import { isServerVersionAtLeast, minimumServerVersion } from "./version.ts";

const retryMs = 200;
/**
 * For TCP, TLS and the server's greeting together. Who accepts and stays silent, as a route that was cut in the middle,
 * blocks the client for so long before it tries another server: less than half a lease of 5 s.
 */
const dialTimeoutMs = 2_000;

/** A connection that is open, and the prefix of the reply addresses that belong to it. */
export interface OpenConnection {
  readonly connection: NatsConnection;
  readonly inboxPrefix: string;
}

/**
 * Connects within `withinMs`.
 * @throws Unreachable (NATS_UNREACHABLE) when nobody answered
 * @throws ConnectionRefusedByServer (NATS_CONNECTION_REFUSED) when the server said no
 * @throws ServerTooOld (NATS_SERVER_TOO_OLD)
 */
export async function openConnection(options: LinkOptions, withinMs: number): Promise<OpenConnection> {
  const settings = clientSettings(options);
  const connection = await tryUntil(settings, performance.now() + withinMs, withinMs);
  const version = connection.info?.version ?? "of unknown version";
  if (!isServerVersionAtLeast(version)) {
    await connection.close();
    throw new ServerTooOld(
      `${connection.getServer()} is nats-server ${version}; ${minimumServerVersion} or newer is needed: upgrade the server`,
    );
  }
  return { connection, inboxPrefix: settings.inboxPrefix };
}

type ClientSettings = NodeConnectionOptions & { readonly servers: string[]; readonly inboxPrefix: string };

function clientSettings({ servers, name = "aether", connection = {} }: LinkOptions): ClientSettings {
  const { inboxPrefix = "_INBOX", ...rest } = connection;
  const urls = serverUrlsOf(servers);
  return {
    name,
    reconnect: true,
    maxReconnectAttempts: -1,
    // Credentials may be wrong for a while on one server of several: a running link does not give up for that.
    ignoreAuthErrorAbort: true,
    reconnectDelayHandler: reconnectPace(rest.reconnectTimeWait ?? 100, rest.reconnectJitter ?? 150),
    timeout: dialTimeoutMs,
    pingInterval: 10_000,
    maxPingOut: 2,
    // Half of the client's time per request goes into stack traces otherwise.
    noAsyncTraces: true,
    ...urls.credentials,
    ...rest,
    ...(rest.authenticator === undefined ? {} : { authenticator: named(rest.authenticator) }),
    servers: urls.servers,
    // One prefix per link: what arrives below it can only be for this process.
    inboxPrefix: createInbox(inboxPrefix),
  };
}

/** What an authenticator throws is no answer of a server: a seed or a file that is broken stays so. */
function named(given: Authenticator | Authenticator[]): Authenticator[] {
  return [given].flat().map((authenticator) => (nonce) => {
    try {
      return authenticator(nonce);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw Object.assign(new Error(`the authenticator failed (${why})`, { cause }), { name: "AuthenticatorFailed" });
    }
  });
}

async function tryUntil(settings: ClientSettings, deadline: number, withinMs: number): Promise<NatsConnection> {
  for (;;) {
    try {
      return await connectBy(settings, deadline);
    } catch (error) {
      const why = whyRefused(error);
      if (why !== undefined) throw refused(settings, why, error);
      if (performance.now() + retryMs >= deadline) throw unreachable(settings, withinMs, error);
    }
    await delay(retryMs);
  }
}

/** One attempt. It cannot be aborted: one that succeeds too late is closed again. */
async function connectBy(settings: ClientSettings, deadline: number): Promise<NatsConnection> {
  const attempt = connect(settings);
  const late = new AbortController();
  const timeout = delay(Math.max(1, deadline - performance.now()), undefined, { signal: late.signal });
  const winner = await Promise.race([attempt, timeout]).finally(() => {
    late.abort();
    timeout.catch(() => {});
  });
  if (winner !== undefined) return winner;
  attempt.then((connection) => connection.close()).catch(() => {});
  throw new Error("no answer");
}

function unreachable(settings: ClientSettings, withinMs: number, cause: unknown): Unreachable {
  const reason = cause instanceof Error ? cause.message : String(cause);
  // A server that demands a client certificate hangs up without a word that the client hears.
  const isSilent = /^(no answer|timeout)$/.test(reason);
  const hint = "; if it demands a client certificate, give certFile and keyFile in `connection.tls`";
  const why = isSilent && settings.tls ? `${reason}${hint}` : reason;
  return new Unreachable(
    `no NATS server at ${settings.servers.join(", ")} within ${withinMs} ms (${why}). Start one, or correct "servers"`,
    { cause },
  );
}

function refused(settings: ClientSettings, why: string, cause: unknown): ConnectionRefusedByServer {
  const where = settings.servers.join(", ");
  return new ConnectionRefusedByServer(`the NATS server at ${where} refused the connection: ${why}`, { cause });
}

// Makes a link: opens the connection and wires the parts together. It holds no logic of its own beyond publishing,
// subscribing and the order of closing. Invariant: after close() nothing is pending and nothing can be sent.
import type { NatsConnection } from "@nats-io/transport-node";
import { setTimeout as delay } from "node:timers/promises";
import { append } from "./append.ts";
import { openConnection } from "./connection.ts";
import { getLast } from "./direct-read.ts";
import { LinkClosed, LinkDisconnected, NotSent, PayloadTooLarge, PermissionDenied } from "./errors.ts";
import { createInbox, type Inbox } from "./inbox.ts";
import { createLameDuckMove, type LameDuckMove } from "./lame-duck.ts";
import { getFromLeader } from "./leader-read.ts";
import type { Link } from "./link.ts";
import { checkedLimits, type LinkLimits, type LinkOptions } from "./link-options.ts";
import { type LinkMessage, ReceivedMessage } from "./message.ts";
import { readPages } from "./page-read.ts";
import { callHandler, type ProblemListener, warn } from "./problem.ts";
import { request } from "./request.ts";
import { Requester } from "./requester.ts";
import { type StatusWatch, watchStatus } from "./status.ts";

/**
 * Connects and resolves with the link. Once connected it reconnects for ever.
 * @throws Unreachable (NATS_UNREACHABLE) when no server answered within `connectTimeoutMs`
 * @throws ConnectionRefusedByServer (NATS_CONNECTION_REFUSED) for wrong credentials or TLS
 * @throws ServerTooOld (NATS_SERVER_TOO_OLD) for a server before 2.12.7
 * @throws PermissionDenied (NATS_PERMISSION_DENIED) when the server does not let it listen below its `inboxPrefix`
 * @throws RangeError for an option out of range; TypeError for servers with several credentials
 */
export async function connectLink(options: LinkOptions): Promise<Link> {
  const limits = checkedLimits(options);
  const { connection, inboxPrefix } = await openConnection(options, limits.connectTimeoutMs);
  const report = options.onProblem ?? warn;
  // A token of its own: the client's inboxes live beside it under the same prefix.
  const inbox = createInbox(connection, `${inboxPrefix}.a`);
  const server = createServerInfo(connection);
  const requester = new Requester({
    connection,
    inbox,
    isConnected: () => status.isConnected && !move.isMoving,
    maxHeldRequests: limits.maxHeldRequests,
    maxHeldBytes: limits.maxHeldBytes,
  });
  const move = createLameDuckMove(connection, requester, limits.requestTimeoutMs);
  const status = watchStatus(connection, {
    report,
    onLameDuck: () => move.begin(),
    onDenied: (subject, cause) => requester.onDenied(subject, cause),
    onStatus: (change) => {
      if (change === "closed") void requester.close(0);
      else if (change === "disconnected") requester.onDisconnected();
      else {
        server.update();
        move.end();
        requester.onReconnected();
      }
    },
  });
  await checkInbox(connection, inbox);
  return assemble({ connection, inbox, server, requester, status, move, limits, report });
}

/** Without answers a link is of no use, and each request would only say that it timed out. */
async function checkInbox(connection: NatsConnection, inbox: Inbox): Promise<void> {
  // The server answers in order: a refusal of the subscription is there before this.
  await connection.flush();
  if (inbox.denied === undefined) return;
  await connection.close();
  const subject = inbox.subjectOf(">");
  const fix = "give the prefix that this user may subscribe to as `connection.inboxPrefix`, or grant it";
  throw new PermissionDenied(`the server does not allow subscription on "${subject}", where answers come: ${fix}`, {
    cause: inbox.denied,
  });
}

interface Parts {
  readonly connection: NatsConnection;
  readonly inbox: Inbox;
  readonly server: ServerInfo;
  readonly requester: Requester;
  readonly status: StatusWatch;
  readonly move: LameDuckMove;
  readonly limits: LinkLimits;
  readonly report: ProblemListener;
}

function assemble(parts: Parts): Link {
  const { connection, server, requester, status, move, limits } = parts;
  const timeoutMs = limits.requestTimeoutMs;
  const reads = { requester, timeoutMs };
  const appends = { requester, timeoutMs, maxPayloadBytes: () => server.maxPayloadBytes };
  const close = closer(parts);
  return {
    connection,
    get maxPayloadBytes() {
      return server.maxPayloadBytes;
    },
    get serverVersion() {
      return server.version;
    },
    get isConnected() {
      return status.isConnected && !move.isMoving;
    },
    append: (subject, data, expectedSequence, ttlSeconds) =>
      append(appends, { subject, data, expectedSequence, ttlSeconds }),
    publish: (subject, data, reply) => publish(parts, subject, data, reply),
    request: async (subject, data, within = timeoutMs) => {
      checkSize(server, subject, data);
      return request(requester, { subject, data }, within);
    },
    subscribe: (subject, handler) => subscribe(parts, subject, handler),
    openReplyAddress: (handler) => openReplyAddress(parts, handler),
    getLast: (stream, subject) => getLast(reads, stream, subject),
    getLastFromLeader: (stream, subject) => getFromLeader(reads, stream, { last_by_subj: subject }),
    getNextFromLeader: (stream, subject, fromSequence) =>
      getFromLeader(reads, stream, { seq: fromSequence, next_by_subj: subject }),
    readFrom: (stream, subject, range) => readPages(reads, { stream, subject }, range),
    onStatus: (listener) => status.onStatus(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What the server said of itself, kept over disconnects: the client forgets it while it dials. */
interface ServerInfo {
  readonly maxPayloadBytes: number;
  readonly version: string;
  update(): void;
}

function createServerInfo(connection: NatsConnection): ServerInfo {
  const info = { maxPayloadBytes: 0, version: "" };
  const update = (): void => {
    info.maxPayloadBytes = connection.info?.max_payload ?? info.maxPayloadBytes;
    info.version = connection.info?.version ?? info.version;
  };
  update();
  return Object.assign(info, { update });
}

function publish(parts: Parts, subject: string, data: Uint8Array, reply?: string): void {
  const { connection, server, status, move } = parts;
  if (connection.isClosed()) throw new LinkClosed(`"${subject}" was not sent: the link is closed`);
  if (!status.isConnected || move.isMoving) throw new LinkDisconnected(`"${subject}" was not sent: not connected`);
  checkSize(server, subject, data);
  try {
    connection.publish(subject, data, reply === undefined ? {} : { reply });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NotSent(`"${subject}" was not sent: ${reason}`, { cause });
  }
}

function checkSize(server: ServerInfo, subject: string, data: Uint8Array): void {
  if (data.length <= server.maxPayloadBytes) return;
  throw new PayloadTooLarge(
    `the message to "${subject}" has ${data.length} bytes; the server's max_payload is ${server.maxPayloadBytes}`,
  );
}

function subscribe(
  { connection, report }: Parts,
  subject: string,
  handler: (message: LinkMessage) => void,
): () => void {
  if (connection.isClosed()) throw new LinkClosed(`"${subject}" was not subscribed: the link is closed`);
  const subscription = connection.subscribe(subject, {
    callback: (error, message) => {
      // An error here is a permission violation, which the status watch reports.
      if (error === null) callHandler(handler, new ReceivedMessage(message), report);
    },
  });
  return () => subscription.unsubscribe();
}

function openReplyAddress(
  { inbox, report }: Parts,
  handler: (message: LinkMessage) => void,
): ReturnType<Link["openReplyAddress"]> {
  const token = inbox.open({
    onMessage: (message) => callHandler(handler, new ReceivedMessage(message), report),
  });
  return { subject: inbox.subjectOf(token), close: () => inbox.close(token) };
}

function closer({ connection, requester, status, limits }: Parts): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    await requester.close(limits.closeTimeoutMs);
    if (status.isConnected) {
      // What was published just before close() is still in the client's buffer; a flush that fails has lost it, as
      // every publish may be.
      const late = new AbortController();
      const timeout = delay(limits.closeTimeoutMs, undefined, { signal: late.signal }).catch(() => {});
      await Promise.race([connection.flush().catch(() => {}), timeout]);
      late.abort();
    }
    await connection.close();
  };
  return () => (closing ??= run());
}

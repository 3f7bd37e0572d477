// Every error that this package throws: one class per situation, told apart by `code`, never by message.
// Invariant: a code never changes its meaning; `retryable` says whether the same call may succeed later.

/** Base of all errors of this package. */
export abstract class LinkError extends Error {
  /** Stable name of the situation, `NATS_…`. */
  abstract readonly code: string;
  /** Whether repeating the same call may succeed without anybody changing anything. */
  abstract readonly retryable: boolean;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No server could be reached for the first connection. */
export class Unreachable extends LinkError {
  readonly code = "NATS_UNREACHABLE";
  readonly retryable = true;
}

/** The server refused the connection: credentials, TLS, or it does not speak NATS. */
export class ConnectionRefusedByServer extends LinkError {
  readonly code = "NATS_CONNECTION_REFUSED";
  readonly retryable = false;
}

/** The server has ended a connection whose credentials have expired. It is dialed again, with what `authenticator` gives then. */
export class CredentialsExpired extends LinkError {
  readonly code = "NATS_CREDENTIALS_EXPIRED";
  readonly retryable = true;
}

/** The server, or the binary to start, is older than `minimumServerVersion`. */
export class ServerTooOld extends LinkError {
  readonly code = "NATS_SERVER_TOO_OLD";
  readonly retryable = false;
}

/** Whether the append was stored is not known: repeat it with the same expected sequence, or read it back. */
export class OutcomeUnknown extends LinkError {
  readonly code = "NATS_OUTCOME_UNKNOWN";
  readonly retryable = true;
}

/** Nobody listens on the subject of the request (or, for a stream, it has no leader now). It was not delivered. */
export class NoResponders extends LinkError {
  readonly code = "NATS_NO_RESPONDERS";
  readonly retryable = true;
}

/** No answer within the time allowed. The request may have been handled. */
export class RequestTimedOut extends LinkError {
  readonly code = "NATS_REQUEST_TIMED_OUT";
  readonly retryable = true;
}

/** The connection was lost, or is away now. What was already sent may have been handled. */
export class LinkDisconnected extends LinkError {
  readonly code = "NATS_DISCONNECTED";
  readonly retryable = true;
}

/** Too many requests wait for the connection to come back. This one was not sent. */
export class TooManyHeld extends LinkError {
  readonly code = "NATS_TOO_MANY_HELD";
  readonly retryable = true;
}

/** The request was not sent: the client refused it, or the server does not let this connection publish there. */
export class NotSent extends LinkError {
  readonly code = "NATS_NOT_SENT";
  readonly retryable = false;
}

/** The server does not let this connection publish or subscribe there. */
export class PermissionDenied extends LinkError {
  readonly code = "NATS_PERMISSION_DENIED";
  readonly retryable = false;
}

/** A handler or listener that was given to the link threw: `cause` is what it threw. */
export class HandlerFailed extends LinkError {
  readonly code = "NATS_HANDLER_FAILED";
  readonly retryable = false;
}

/** The link was closed, by `close()` or for good by the client library. */
export class LinkClosed extends LinkError {
  readonly code = "NATS_LINK_CLOSED";
  readonly retryable = false;
}

/** The message does not fit the server's `max_payload`. It was not sent. */
export class PayloadTooLarge extends LinkError {
  readonly code = "NATS_PAYLOAD_TOO_LARGE";
  readonly retryable = false;
}

/** The server refused a read, and would again: a missing stream, direct reads not allowed, a bad request. */
export class ReadRefused extends LinkError {
  readonly code = "NATS_READ_REFUSED";
  readonly retryable = false;
}

/** A read got no usable answer now: the stream has no leader, or a replica is behind the known head. */
export class ReadUnavailable extends LinkError {
  readonly code = "NATS_READ_UNAVAILABLE";
  readonly retryable = true;
}

/** A published reply or read answer could not be understood: not the server version that this was written for. */
export class ProtocolViolation extends LinkError {
  readonly code = "NATS_PROTOCOL_VIOLATION";
  readonly retryable = false;
}

/** No usable nats-server binary was found. The message lists each place that was tried and why it failed. */
export class ServerNotFound extends LinkError {
  readonly code = "NATS_SERVER_NOT_FOUND";
  readonly retryable = false;
}

/** A nats-server was started and did not become ready. The message ends with its last log lines. */
export class ServerStartFailed extends LinkError {
  readonly code = "NATS_SERVER_START_FAILED";
  readonly retryable = false;
}

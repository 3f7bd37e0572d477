// The door of @aether/nats: one connection to NATS with exact outcomes.
export type { AppendOutcome } from "./append.ts";
export { connectLink } from "./connect-link.ts";
export {
  ConnectionRefusedByServer,
  CredentialsExpired,
  HandlerFailed,
  LinkClosed,
  LinkDisconnected,
  LinkError,
  NoResponders,
  NotSent,
  OutcomeUnknown,
  PayloadTooLarge,
  PermissionDenied,
  ProtocolViolation,
  ReadRefused,
  ReadUnavailable,
  RequestTimedOut,
  ServerTooOld,
  TooManyHeld,
  Unreachable,
} from "./errors.ts";
export { maxAppendHeaderBytes } from "./headers.ts";
export type { Link, ReplyAddress } from "./link.ts";
export type { LinkOptions } from "./link-options.ts";
export type { LinkMessage, StoredMessage } from "./message.ts";
export type { ReadRange } from "./page-read.ts";
export { type ProblemListener, warn } from "./problem.ts";
export type { LinkStatus } from "./status.ts";
export { isServerVersionAtLeast, minimumServerVersion } from "./version.ts";
// For `connection.authenticator`, so that nobody needs the client library beside this package.
export { credsAuthenticator, jwtAuthenticator, nkeyAuthenticator } from "@nats-io/transport-node";

// Whether the connection is there, as far as the client has noticed. Invariant: listeners hear "disconnected" and
// "reconnected" in turns and "closed" once, at the end; the link's own parts hear each of them first.
import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { ConnectionRefusedByServer, CredentialsExpired, PermissionDenied } from "./errors.ts";
import { callHandler, type ProblemListener } from "./problem.ts";
import { whyRefused } from "./refusal.ts";

/** What happens to a connection after it was opened. */
export type LinkStatus = "disconnected" | "reconnected" | "closed";

/** The watcher of one connection. */
export interface StatusWatch {
  readonly isConnected: boolean;
  /** Returns the function that takes the listener away. */
  onStatus(listener: (status: LinkStatus) => void): () => void;
}

/** What hears of each change before any listener does. */
export interface StatusReactions {
  readonly onStatus: (status: LinkStatus) => void;
  /** The server does not let this connection publish to `subject`. */
  readonly onDenied: (subject: string, cause: Error) => void;
  /** The server is about to end, and asks its clients to go to another one. */
  readonly onLameDuck: () => void;
  readonly report: ProblemListener;
}

/** Watches `connection` until it is closed. */
export function watchStatus(connection: NatsConnection, reactions: StatusReactions): StatusWatch {
  const listeners = new Set<(status: LinkStatus) => void>();
  let isConnected = true;
  const change = (status: LinkStatus): void => {
    isConnected = status === "reconnected";
    reactions.onStatus(status);
    for (const listener of listeners) callHandler(listener, status, reactions.report);
  };
  let isRefused = false;
  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === "disconnect" && isConnected) change("disconnected");
      else if (status.type === "reconnect" && !isConnected) {
        isRefused = false;
        change("reconnected");
      } else if (status.type === "ldm") reactions.onLameDuck();
      else if (status.type !== "error") continue;
      else if (status.error instanceof PermissionViolationError) onDenied(status.error, reactions);
      else if (!isRefused) {
        // Once per outage: every further dial would say the same.
        isRefused = true;
        onRefused(connection, status.error, reactions.report);
      }
    }
    change("closed");
  };
  void watch();
  return {
    get isConnected() {
      // The client forgets the server's INFO while it dials: that is known before the status event arrives.
      return isConnected && connection.info !== undefined;
    },
    onStatus: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function onDenied(error: PermissionViolationError, { onDenied: denied, report }: StatusReactions): void {
  const { operation, subject } = error;
  const problem = new PermissionDenied(
    `the server does not allow ${operation} on "${subject}"; grant it in the server's configuration`,
    { cause: error },
  );
  if (operation === "publish") denied(subject, problem);
  report(problem);
}

function onRefused(connection: NatsConnection, error: Error, report: ProblemListener): void {
  const where = connection.getServer();
  if (error.name === "UserAuthenticationExpiredError") {
    const fix = "It is dialed again: let `authenticator` in `connection` give credentials that are renewed in time";
    report(new CredentialsExpired(`the credentials for ${where} have expired. ${fix}`, { cause: error }));
  } else {
    const why = whyRefused(error) ?? error.message;
    report(new ConnectionRefusedByServer(`the NATS server at ${where} refuses: ${why}`, { cause: error }));
  }
}

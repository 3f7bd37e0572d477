// Whether the connection is there, as far as the client has noticed. Invariant: listeners hear "disconnected" and
// "reconnected" in turns and "closed" once, at the end; the link's own parts hear each of them first.
import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";
import { PermissionDenied } from "./errors.ts";
import { callHandler, type ProblemListener } from "./problem.ts";

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
  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === "disconnect" && isConnected) change("disconnected");
      else if (status.type === "reconnect" && !isConnected) change("reconnected");
      else if (status.type === "error") onServerError(status.error, reactions);
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

function onServerError(error: Error, { onDenied, report }: StatusReactions): void {
  if (!(error instanceof PermissionViolationError)) return;
  const { operation, subject } = error;
  const denied = new PermissionDenied(
    `the server does not allow ${operation} on "${subject}"; grant it in the server's configuration`,
    { cause: error },
  );
  if (operation === "publish") onDenied(subject, denied);
  report(denied);
}

// The one reply address of a link: `<prefix>.<token>`, a single wildcard subscription for all of it. Whoever holds a token
// may put more behind it (`<prefix>.<token>.7`) and finds it in the subject of the answer. Invariant: a token is never
// used twice, so that a late answer meets nobody rather than somebody else.
import type { Msg, NatsConnection } from "@nats-io/transport-node";

/** Takes the messages that arrive for one token. */
export interface InboxListener {
  onMessage(message: Msg): void;
}

/** The multiplexed inbox. */
export interface Inbox {
  /** Gives the listener a token of its own until {@link close}. */
  open(listener: InboxListener): string;
  /** The reply subject of a token. */
  subjectOf(token: string): string;
  close(token: string): void;
  /** Why the server does not let this connection listen here; answers never come then. */
  readonly denied: Error | undefined;
}

/** Subscribes `<prefix>.>` on the connection. The client subscribes again by itself after a reconnect. */
export function createInbox(connection: NatsConnection, prefix: string): Inbox {
  const listeners = new Map<string, InboxListener>();
  const tokenAt = prefix.length + 1;
  let opened = 0;
  let denied: Error | undefined;
  const tokenOf = (subject: string): string => {
    const end = subject.indexOf(".", tokenAt);
    return end === -1 ? subject.slice(tokenAt) : subject.slice(tokenAt, end);
  };
  connection.subscribe(`${prefix}.>`, {
    callback: (error, message) => {
      // Errors here are permission violations; the client also reports them as a status.
      if (error !== null) denied = error;
      else listeners.get(tokenOf(message.subject))?.onMessage(message);
    },
  });
  return {
    open: (listener) => {
      const token = (++opened).toString(36);
      listeners.set(token, listener);
      return token;
    },
    subjectOf: (token) => `${prefix}.${token}`,
    close: (token) => void listeners.delete(token),
    get denied() {
      return denied;
    },
  };
}

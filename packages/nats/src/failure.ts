// Turns the failure of a waiter into the error that its caller gets. Invariant: an error object is made only here, when
// something has failed, and its message names the subject and what is known about the message's fate.
import {
  LinkClosed,
  LinkDisconnected,
  type LinkError,
  NoResponders,
  NotSent,
  OutcomeUnknown,
  RequestTimedOut,
  TooManyHeld,
} from "./errors.ts";
import type { Failure } from "./waiters.ts";

/** The error of a request or read that failed. */
export function requestError(subject: string, failure: Failure): LinkError {
  switch (failure.type) {
    case "timeout":
      return failure.wasSent
        ? new RequestTimedOut(`no answer from "${subject}" within ${failure.afterMs} ms`)
        : new RequestTimedOut(`"${subject}": not connected for ${failure.afterMs} ms; it was not sent`);
    case "disconnected":
      return new LinkDisconnected(`the connection was lost while "${subject}" was asked; it may have been handled`);
    case "closed":
      return new LinkClosed(
        `the link was closed before "${subject}" answered${failure.wasSent ? "" : "; it was not sent"}`,
      );
    case "too-many-held":
      return new TooManyHeld(`"${subject}" was not sent: not connected, and too many requests wait for the connection`);
    case "not-sent":
      return new NotSent(`"${subject}" was not sent: ${failure.cause.message}`, { cause: failure.cause });
  }
}

/** The error of a request that nobody listens for. */
export function noResponders(subject: string): NoResponders {
  return new NoResponders(`nobody listens on "${subject}"`);
}

/** The error of an append whose outcome is unknown, for the given reason. */
export function outcomeUnknown(subject: string, reason: string, cause?: Error): OutcomeUnknown {
  const message = `whether the append to "${subject}" was stored is unknown: ${reason}. Repeat it with the same expected sequence, or read it back from the leader`;
  return new OutcomeUnknown(message, cause === undefined ? {} : { cause });
}

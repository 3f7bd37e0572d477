// One request with one answer. Invariant: it settles exactly once, with the answer or with an error that says why not.
import type { Msg } from "@nats-io/transport-node";
import { noResponders, requestError } from "./failure.ts";
import { isNoResponders, type LinkMessage, ReceivedMessage } from "./message.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Requester } from "./requester.ts";
import type { Failure, Waiter } from "./waiters.ts";

/**
 * Sends and waits for the first answer.
 * @throws NoResponders, RequestTimedOut, LinkDisconnected, LinkClosed, TooManyHeld, NotSent
 */
export function request(requester: Requester, outgoing: Outgoing, timeoutMs: number): Promise<LinkMessage> {
  return new Promise((resolve, reject) => {
    requester.send(outgoing, new RequestWaiter(outgoing.subject, resolve, reject), timeoutMs);
  });
}

class RequestWaiter implements Waiter {
  readonly subject: string;
  readonly #resolve: (message: LinkMessage) => void;
  readonly #reject: (error: Error) => void;

  constructor(subject: string, resolve: (message: LinkMessage) => void, reject: (error: Error) => void) {
    this.subject = subject;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onAnswer(message: Msg): boolean {
    if (isNoResponders(message)) this.#reject(noResponders(this.subject));
    else this.#resolve(new ReceivedMessage(message));
    return true;
  }

  onFailure(failure: Failure): void {
    this.#reject(requestError(this.subject, failure));
  }
}

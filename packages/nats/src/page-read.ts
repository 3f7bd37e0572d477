// Pages of one subject by batched direct get: one request, many messages, ended by a status-204 message. Invariant: a
// page is complete or an error; its end names the last message sent, so that a lost one is noticed.
import type { Msg } from "@nats-io/transport-node";
import { setTimeout as delay } from "node:timers/promises";
import { statusError, storedMessage } from "./direct-read.ts";
import { LinkError, ProtocolViolation, ReadUnavailable } from "./errors.ts";
import { noResponders, requestError } from "./failure.ts";
import { isNoResponders, ReceivedMessage, type StoredMessage } from "./message.ts";
import { readError, type ReadParts } from "./read.ts";
import type { Failure, Waiter } from "./waiters.ts";

const defaultPageSize = 1_000;
/** Bounds what one page may put into memory and into the socket; a single larger message still comes alone. */
const maxPageBytes = 8 * 1024 * 1024;
const maxIdleAttempts = 7;
const firstBackoffMs = 10;

/** From where to where to read, both inclusive. */
export interface ReadRange {
  readonly fromSequence: number;
  /** A head known from an acknowledgement or from the leader: a message on the subject with this sequence exists. */
  readonly upToSequence: number;
  /** Messages per page at most; a page also ends after 8 MiB. @default 1_000 */
  readonly pageSize?: number;
}

/** Where one read goes on. */
interface Position {
  readonly stream: string;
  readonly subject: string;
}

/**
 * The messages of a subject in order, in pages. A replica that is behind is asked again, about 1.3 s in all without
 * progress, since any replica may answer each page.
 * @throws ReadUnavailable (NATS_READ_UNAVAILABLE) when the head was not seen by then
 * @throws the last error of a page that failed, if that is what used up the attempts
 */
export async function* readPages(
  parts: ReadParts,
  position: Position,
  range: ReadRange,
): AsyncGenerator<readonly StoredMessage[], void, undefined> {
  const { upToSequence, pageSize = defaultPageSize } = range;
  if (!(pageSize >= 1)) throw new RangeError(`pageSize is ${pageSize}; it must be 1 or more`);
  let next = Math.max(1, range.fromSequence);
  let attempts = 0;
  while (next <= upToSequence) {
    const page = await readPage(parts, position, { from: next, pageSize }).catch((error: unknown) => retryable(error));
    // Messages after the head are left out: the caller knows its head, not what came later.
    const messages = page instanceof LinkError ? [] : page.filter((message) => message.sequence <= upToSequence);
    const last = messages.at(-1);
    if (last !== undefined) {
      attempts = 0;
      next = last.sequence + 1;
      yield messages;
    } else if (++attempts >= maxIdleAttempts) {
      throw page instanceof LinkError ? page : behind(position, next, upToSequence);
    } else {
      await delay(firstBackoffMs * 2 ** attempts);
    }
  }
}

function behind({ stream, subject }: Position, next: number, upTo: number): ReadUnavailable {
  return new ReadUnavailable(
    `stream "${stream}" shows no message on "${subject}" from ${next} to ${upTo}: the replica is behind; read again, or ask the leader`,
  );
}

function retryable(error: unknown): LinkError {
  if (error instanceof LinkError && error.retryable) return error;
  throw error;
}

function readPage(
  { requester, timeoutMs }: ReadParts,
  { stream, subject }: Position,
  { from, pageSize }: { readonly from: number; readonly pageSize: number },
): Promise<readonly StoredMessage[]> {
  const query = { seq: from, next_by_subj: subject, batch: pageSize, max_bytes: maxPageBytes };
  const outgoing = { subject: `$JS.API.DIRECT.GET.${stream}`, data: Buffer.from(JSON.stringify(query)) };
  return new Promise((resolve, reject) => {
    requester.send(outgoing, new PageWaiter(stream, resolve, reject), timeoutMs);
  });
}

class PageWaiter implements Waiter {
  readonly subject: string;
  readonly #stream: string;
  readonly #messages: StoredMessage[] = [];
  readonly #resolve: (messages: readonly StoredMessage[]) => void;
  readonly #reject: (error: unknown) => void;

  constructor(stream: string, resolve: (messages: readonly StoredMessage[]) => void, reject: (error: unknown) => void) {
    this.subject = `$JS.API.DIRECT.GET.${stream}`;
    this.#stream = stream;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onAnswer(answer: Msg): boolean {
    try {
      return this.#take(answer);
    } catch (error) {
      this.#reject(error);
      return true;
    }
  }

  onFailure(failure: Failure): void {
    this.#reject(requestError(this.subject, failure));
  }

  /** True when the page is at its end. */
  #take(answer: Msg): boolean {
    if (isNoResponders(answer)) throw readError(this.#stream, noResponders(this.subject));
    const message = new ReceivedMessage(answer);
    if (message.status === undefined) {
      this.#messages.push(storedMessage(this.#stream, message));
      return false;
    }
    if (message.status === 204) this.#checkEnd(Number(message.header("Nats-Last-Sequence")));
    else if (message.status !== 404) throw statusError(this.#stream, message);
    this.#resolve(this.#messages);
    return true;
  }

  #checkEnd(lastSent: number): void {
    if (Number.isNaN(lastSent)) throw new ProtocolViolation(`the end of a page of "${this.#stream}" has no sequence`);
    if (lastSent !== (this.#messages.at(-1)?.sequence ?? 0)) {
      throw new ReadUnavailable(`messages of a page of "${this.#stream}" were lost on the way`);
    }
  }
}

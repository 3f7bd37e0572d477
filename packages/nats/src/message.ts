// What arrives: a message of core NATS, and a message that a stream holds. Invariant: a LinkMessage decodes nothing
// that is not asked for, so that the hot path pays only for what it reads.
import type { Msg } from "@nats-io/transport-node";

/** A message that was received. Its bytes may be a view of a larger buffer: copy them to keep them for long. */
export interface LinkMessage {
  readonly subject: string;
  /** Where an answer is expected, if one is. */
  readonly reply: string | undefined;
  readonly data: Uint8Array;
  /** The status of a message that the server made itself, such as 503 "no responders"; undefined for all others. */
  readonly status: number | undefined;
  /** What the status says, "" without one. */
  readonly statusText: string;
  /** The first value of a header, its name spelled exactly as it was sent, or undefined. */
  header(name: string): string | undefined;
}

/** A message as a stream holds it. */
export interface StoredMessage {
  readonly subject: string;
  /** The stream's own sequence, from 1; the next append's `expectedSequence` when this is the subject's last one. */
  readonly sequence: number;
  /** When the server stored it: milliseconds since 1970 by the server's clock. */
  readonly timeMs: number;
  readonly data: Uint8Array;
}

/** A {@link LinkMessage} over the client's message. Internal. */
export class ReceivedMessage implements LinkMessage {
  readonly #message: Msg;

  constructor(message: Msg) {
    this.#message = message;
  }

  get subject(): string {
    return this.#message.subject;
  }

  get reply(): string | undefined {
    const { reply } = this.#message;
    return reply === undefined || reply === "" ? undefined : reply;
  }

  get data(): Uint8Array {
    return this.#message.data;
  }

  get status(): number | undefined {
    const code = this.#message.headers?.code;
    return code === undefined || code === 0 ? undefined : code;
  }

  get statusText(): string {
    return this.#message.headers?.description ?? "";
  }

  header(name: string): string | undefined {
    const { headers } = this.#message;
    return headers?.has(name) === true ? headers.get(name) : undefined;
  }
}

/** Whether the server says that nobody listens where the request was sent. */
export function isNoResponders(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === 503;
}

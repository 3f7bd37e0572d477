// One client of the model: its subscriptions, and what is written to it.
import { type ClientCommands, ClientReader, type Published } from "./client-protocol.ts";
import { matcherOf } from "./subject.ts";

/** Where a client is connected, and what carries bytes to it. */
export interface SessionParts {
  /** Which of the servers it is connected to. */
  readonly server: number;
  readonly write: (bytes: Buffer) => void;
  readonly published: (from: Session, message: Published) => void;
  /** Somebody has begun, or ended, to listen. */
  readonly interestChanged: () => void;
}

/** What is sent to a subject. */
export interface Delivery {
  /** The subject that the message says it is on, if that is another one. */
  readonly as?: string;
  readonly reply?: string | undefined;
  readonly headers?: Uint8Array | undefined;
  readonly data: Uint8Array;
}

interface Subscription {
  readonly subject: string;
  readonly sid: string;
  readonly matches: (subject: string) => boolean;
  delivered: number;
  max: number;
}

const crlf = Buffer.from("\r\n");
const pong = Buffer.from("PONG\r\n");

export class Session implements ClientCommands {
  readonly server: number;
  hasNoResponders = false;
  readonly #parts: SessionParts;
  readonly #reader: ClientReader;
  readonly #exact = new Map<string, Subscription[]>();
  readonly #wild: Subscription[] = [];
  #isClosed = false;

  constructor(parts: SessionParts) {
    this.server = parts.server;
    this.#parts = parts;
    this.#reader = new ClientReader(this);
  }

  receive(chunk: Uint8Array): void {
    if (!this.#isClosed) this.#reader.read(chunk);
  }

  close(): void {
    this.#isClosed = true;
    this.#exact.clear();
    this.#wild.length = 0;
  }

  get subscriptions(): number {
    return this.#wild.length + [...this.#exact.values()].reduce((sum, all) => sum + all.length, 0);
  }

  listens(subject: string): boolean {
    return this.#subscriptionsOf(subject).length > 0;
  }

  /** Whether it could listen to a subject that begins like that, with one token behind. */
  listensBelow(stem: string): boolean {
    for (const { matches } of this.#wild) if (matches(`${stem}x`)) return true;
    for (const subject of this.#exact.keys()) if (subject.startsWith(stem)) return true;
    return false;
  }

  /** Writes the message to every subscription that wants it. */
  deliver(subject: string, message: Delivery): boolean {
    const subscriptions = this.#subscriptionsOf(subject);
    for (const subscription of subscriptions) {
      this.#parts.write(framed(message.as ?? subject, subscription.sid, message));
      subscription.delivered++;
      if (subscription.delivered >= subscription.max) this.#remove(subscription.sid);
    }
    return subscriptions.length > 0;
  }

  connect({ no_responders: noResponders = false }: { readonly no_responders?: boolean }): void {
    this.hasNoResponders = noResponders;
  }

  ping(): void {
    this.#parts.write(pong);
  }

  subscribe(subject: string, sid: string): void {
    const wants = matcherOf(subject);
    const subscription: Subscription = { subject, sid, matches: wants, delivered: 0, max: Number.POSITIVE_INFINITY };
    if (/(^|\.)[*>]/.test(subject)) this.#wild.push(subscription);
    else this.#exact.set(subject, [...(this.#exact.get(subject) ?? []), subscription]);
    this.#parts.interestChanged();
  }

  unsubscribe(sid: string, max: number | undefined): void {
    const subscription = [...this.#exact.values(), this.#wild].flat().find((one) => one.sid === sid);
    if (subscription === undefined) return;
    subscription.max = max ?? 0;
    if (subscription.delivered >= subscription.max) this.#remove(sid);
  }

  publish(message: Published): void {
    this.#parts.published(this, message);
  }

  #subscriptionsOf(subject: string): readonly Subscription[] {
    const exact = this.#exact.get(subject) ?? none;
    let all = exact;
    for (const one of this.#wild) if (one.matches(subject)) all = [...all, one];
    return all;
  }

  #remove(sid: string): void {
    for (const [subject, subscriptions] of this.#exact) {
      const rest = subscriptions.filter((one) => one.sid !== sid);
      if (rest.length === 0) this.#exact.delete(subject);
      else if (rest.length < subscriptions.length) this.#exact.set(subject, rest);
    }
    const at = this.#wild.findIndex((one) => one.sid === sid);
    if (at >= 0) this.#wild.splice(at, 1);
    this.#parts.interestChanged();
  }
}

const none: readonly Subscription[] = [];

function framed(subject: string, sid: string, { reply, headers, data }: Delivery): Buffer {
  const to = reply === undefined ? `${subject} ${sid}` : `${subject} ${sid} ${reply}`;
  if (headers === undefined) return Buffer.concat([Buffer.from(`MSG ${to} ${data.length}\r\n`), data, crlf]);
  const sizes = `${headers.length} ${headers.length + data.length}`;
  return Buffer.concat([Buffer.from(`HMSG ${to} ${sizes}\r\n`), headers, data, crlf]);
}

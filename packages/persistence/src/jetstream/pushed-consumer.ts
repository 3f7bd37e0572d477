// One consumer of a stream, pushed by the server, until something is wrong with it. Invariant: where messages are missing by
// the server's own count of deliveries, the next one says so.
import { randomId, systemRandom, systemScheduler } from "@aether/actor";
import { AckPolicy, type ConsumerConfig, DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import type { Link, LinkMessage } from "@aether/nats";

export interface FollowedMessage {
  readonly subject: string;
  readonly sequence: number;
  /** The sequence of the message told before, or where following began. A larger one: some between were lost on the way. */
  readonly previous: number;
  /** Empty when only headers were asked for; may be a view of a larger buffer. */
  readonly data: Uint8Array;
}

export interface ConsumerParts {
  readonly link: Link;
  readonly stream: string;
  readonly headersOnly: boolean;
  readonly tell: (message: FollowedMessage) => void;
}

const heartbeatMs = 1_000;
/** Beats without any sign of the server, after which it counts as gone. */
const maxSilentBeats = 3;
const nanosPerMs = 1_000_000;

export class PushedConsumer {
  /** Resolves with the reason. */
  readonly over: Promise<string>;
  readonly #parts: ConsumerParts;
  readonly #inbox: string;
  readonly #stops: readonly (() => void)[];
  #end: (reason: string) => void = () => {};
  #isOver = false;
  #last: number;
  #delivered = 0;
  #silentBeats = 0;

  private constructor(parts: ConsumerParts, after: number) {
    const { link } = parts;
    this.#parts = parts;
    this.#last = after;
    this.#inbox = newInbox(link);
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#stops = [
      link.subscribe(this.#inbox, (message) => this.#receive(message)),
      systemScheduler.every(heartbeatMs, () => {
        if (++this.#silentBeats > maxSilentBeats) this.end("it was silent");
      }),
    ];
  }

  /** Resolves when the server pushes what is behind `after`. */
  static async open(parts: ConsumerParts, manager: JetStreamManager, after: number): Promise<PushedConsumer> {
    const consumer = new PushedConsumer(parts, after);
    try {
      await manager.consumers.add(parts.stream, consumer.#config());
      return consumer;
    } catch (error) {
      consumer.end("not made");
      throw error;
    }
  }

  /** The sequence of the last message that was told, or where it began. */
  get last(): number {
    return this.#last;
  }

  /** Nothing more is told. Nobody listens then, so the server lets the consumer go. */
  end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const stop of this.#stops) stop();
    this.#end(reason);
  }

  #config(): Partial<ConsumerConfig> {
    return {
      name: randomId(systemRandom, 16),
      deliver_subject: this.#inbox,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#last + 1,
      ack_policy: AckPolicy.None,
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: heartbeatMs * nanosPerMs,
      inactive_threshold: heartbeatMs * nanosPerMs,
      mem_storage: true,
      num_replicas: 1,
      headers_only: this.#parts.headersOnly,
    };
  }

  #receive(message: LinkMessage): void {
    if (this.#isOver) return;
    this.#silentBeats = 0;
    const at = countsOf(message.reply); // before the status, for which all headers would be parsed
    if (at === undefined) return this.#onControl(message);
    const previous = at.delivered === this.#delivered + 1 ? this.#last : at.sequence - 1;
    this.#delivered = at.delivered;
    this.#last = at.sequence;
    this.#parts.tell({ subject: message.subject, sequence: at.sequence, previous, data: message.data });
  }

  /** Heartbeats say how many messages there were, also of lost ones at the end; flow control asks for a sign of life. */
  #onControl(message: LinkMessage): void {
    if (message.status === undefined) return this.end(`what came on ${this.#inbox} is no message of a consumer`);
    const answerTo = message.reply ?? message.header("Nats-Consumer-Stalled");
    const { link } = this.#parts;
    if (answerTo !== undefined && link.isConnected) link.publish(answerTo, new Uint8Array());
    const delivered = Number(message.header("Nats-Last-Consumer") ?? this.#delivered);
    if (delivered !== this.#delivered) this.end(`of ${delivered} messages ${this.#delivered} have arrived`);
  }
}

/** A message comes with the subject that it was stored under, so that it cannot share the link's one inbox. */
function newInbox(link: Link): string {
  const { options } = link.connection as unknown as { readonly options: { readonly inboxPrefix?: string } };
  return `${options.inboxPrefix ?? "_INBOX"}.${randomId(systemRandom, 16)}`;
}

/** `$JS.ACK.<stream>.<consumer>.<times>.<sequence>.<delivered>.…`, newer servers with domain and account before the stream. */
function countsOf(reply: string | undefined): { readonly sequence: number; readonly delivered: number } | undefined {
  const tokens = reply?.split(".") ?? [];
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK") return undefined;
  const at = tokens.length === 9 ? 5 : 7;
  const [sequence, delivered] = [Number(tokens[at]), Number(tokens[at + 1])];
  return Number.isSafeInteger(sequence) && Number.isSafeInteger(delivered) ? { sequence, delivered } : undefined;
}

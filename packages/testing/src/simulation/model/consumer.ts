// A consumer of a stream: pushes what is stored to a subject, or hands it out to whoever asks. Without acknowledgements:
// what was sent is not sent again. It lives on one server, is silent while that one is down, and ends when nobody has
// listened for a while.
import type { ModelPorts } from "./ports.ts";
import { writeHeaders, withoutVersion } from "./message-headers.ts";
import type { Delivery } from "./session.ts";
import type { Stream } from "./stream.ts";
import type { StoredRecord } from "./stream-log.ts";
import { matches } from "./subject.ts";

export interface ConsumerConfig {
  readonly name: string;
  readonly deliver_policy?: string;
  readonly opt_start_seq?: number;
  readonly opt_start_time?: string;
  readonly deliver_subject?: string;
  readonly filter_subject?: string;
  readonly filter_subjects?: readonly string[];
  readonly headers_only?: boolean;
  /** Nanoseconds. */
  readonly idle_heartbeat?: number;
  readonly inactive_threshold?: number;
}

/** A request for more messages. */
interface Pull {
  readonly reply: string;
  batch: number;
  readonly expiresAt: number;
  readonly stop: () => void;
}

export interface ConsumerParts {
  readonly ports: ModelPorts;
  readonly stream: Stream;
  readonly config: ConsumerConfig;
  /** False when nobody listens there. */
  readonly send: (subject: string, message: Delivery) => boolean;
  readonly hasInterest: (subject: string) => boolean;
  /** Whether the server that it lives on is there. */
  readonly isUp: () => boolean;
  readonly ended: () => void;
}

const nanos = 1_000_000;
const empty = new Uint8Array(0);

export class Consumer {
  readonly config: ConsumerConfig;
  delivered = 0;
  lastDelivered = 0;
  readonly #parts: ConsumerParts;
  readonly #waiting: StoredRecord[];
  readonly #pulls: Pull[] = [];
  #next: number;
  #isIdleSince: number;
  #stopBeats: () => void = () => {};
  #isEnded = false;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    this.config = parts.config;
    this.#isIdleSince = parts.ports.now();
    const { log } = parts.stream;
    const { deliver_policy: policy = "all", opt_start_seq: start = 1, opt_start_time: time } = parts.config;
    this.#next = log.lastSequence + 1;
    if (policy === "new") this.#waiting = [];
    else {
      const from = policy === "by_start_sequence" ? start : 1;
      const since = policy === "by_start_time" && time !== undefined ? Date.parse(time) : Number.NEGATIVE_INFINITY;
      const isAsked = (one: StoredRecord): boolean => one.sequence >= from && one.storedAt >= since;
      const all = [...log.all()].filter((one) => this.#wants(one) && isAsked(one));
      this.#waiting =
        policy === "last_per_subject" ? all.filter((one) => log.lastOf(one.subject)?.sequence === one.sequence) : all;
    }
    // Where it begins, as the server says it: the one before the first that it will tell.
    this.lastDelivered = (this.#waiting[0]?.sequence ?? this.#next) - 1;
    const beatMs = (parts.config.idle_heartbeat ?? 0) / nanos;
    if (beatMs > 0 && this.#isPush) this.#beat(beatMs);
  }

  get pending(): number {
    return this.#waiting.length;
  }

  /** Something was stored, or somebody listens again. */
  pump(): void {
    if (!this.#parts.isUp()) return;
    const { log } = this.#parts.stream;
    for (; this.#next <= log.lastSequence; this.#next++) {
      const record = log.at(this.#next);
      if (record !== undefined && this.#wants(record)) this.#waiting.push(record);
    }
    const push = this.config.deliver_subject;
    while (this.#waiting.length > 0) {
      const to = push ?? this.#openPull()?.reply;
      if (to === undefined || !this.#deliver(to)) return;
    }
  }

  pull(
    reply: string,
    wish: { readonly batch?: number; readonly expires?: number; readonly idle_heartbeat?: number },
  ): void {
    const { ports } = this.#parts;
    const expiresMs = (wish.expires ?? 0) / nanos;
    const beatMs = (wish.idle_heartbeat ?? 0) / nanos;
    const stops: (() => void)[] = [];
    const pull: Pull = {
      reply,
      batch: wish.batch ?? 1,
      expiresAt: ports.now() + expiresMs,
      stop: () => stops.forEach((stop) => stop()),
    };
    this.#pulls.push(pull);
    if (expiresMs > 0) stops.push(ports.after(expiresMs, () => this.#endPull(pull, "408 Request Timeout")));
    if (beatMs > 0) stops.push(this.#every(beatMs, () => void this.#status(reply, "100 Idle Heartbeat")));
    this.pump();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stopBeats();
    for (const pull of this.#pulls.splice(0)) pull.stop();
    this.#parts.ended();
  }

  get #isPush(): boolean {
    return this.config.deliver_subject !== undefined;
  }

  #wants({ subject }: StoredRecord): boolean {
    const { filter_subject: filter, filter_subjects: filters = [] } = this.config;
    const all = filter === undefined || filter === "" ? filters : [filter, ...filters];
    return all.length === 0 || all.some((one) => matches(one, subject));
  }

  #deliver(to: string): boolean {
    const { stream, send } = this.#parts;
    const record = this.#waiting[0] as StoredRecord;
    const place = `${this.delivered + 1}.${record.storedAt * nanos}.${this.#waiting.length - 1}`;
    const reply = `$JS.ACK.${stream.config.name}.${this.config.name}.1.${record.sequence}.${place}`;
    const only = this.config.headers_only === true;
    const size = only ? `Nats-Msg-Size: ${record.data.length}\r\n` : "";
    const lines = withoutVersion(record.headers) + size;
    const headers = lines === "" ? {} : { headers: Buffer.from(`NATS/1.0\r\n${lines}\r\n`) };
    if (!send(to, { as: record.subject, reply, ...headers, data: only ? empty : record.data })) return false;
    this.#waiting.shift();
    this.delivered++;
    this.lastDelivered = record.sequence;
    const pull = this.#pulls[0];
    if (pull !== undefined && --pull.batch === 0) this.#pulls.shift()?.stop();
    return true;
  }

  #openPull(): Pull | undefined {
    while (this.#pulls[0] !== undefined && !this.#parts.hasInterest(this.#pulls[0].reply)) this.#pulls.shift()?.stop();
    return this.#pulls[0];
  }

  #endPull(pull: Pull, status: string): void {
    const at = this.#pulls.indexOf(pull);
    if (at < 0) return;
    this.#pulls.splice(at, 1);
    pull.stop();
    const left = { "Nats-Pending-Messages": pull.batch, "Nats-Pending-Bytes": 0 };
    this.#parts.send(pull.reply, { headers: writeHeaders(status, left), data: empty });
  }

  /** Ends by itself when nobody has listened for a while. */
  #beat(beatMs: number): void {
    const { ports, hasInterest } = this.#parts;
    const idleMs = (this.config.inactive_threshold ?? 5_000 * nanos) / nanos;
    const to = this.config.deliver_subject as string;
    this.#stopBeats = this.#every(beatMs, () => {
      if (!this.#parts.isUp()) return;
      if (hasInterest(to)) {
        this.#isIdleSince = ports.now();
        this.#status(to, "100 Idle Heartbeat");
      } else if (ports.now() - this.#isIdleSince > idleMs) this.end();
    });
  }

  #status(to: string, status: string): boolean {
    const seen = { "Nats-Last-Consumer": this.delivered, "Nats-Last-Stream": this.lastDelivered };
    return this.#parts.send(to, { headers: writeHeaders(status, seen), data: empty });
  }

  #every(periodMs: number, task: () => void): () => void {
    const { ports } = this.#parts;
    let stop: () => void;
    const next = (): void => {
      stop = ports.after(periodMs, () => {
        next();
        task();
      });
    };
    next();
    return () => stop();
  }
}

// The administration of JetStream, `$JS.API.>`: the calls that the client makes for us, each answered as nats-server does.
// A call that the model does not know is an error that says so: silence would look like a fault that was drawn.
import { type ConsumerConfig, Consumer } from "./consumer.ts";
import { writeHeaders } from "./message-headers.ts";
import type { ModelPorts } from "./ports.ts";
import type { Refusal } from "./publish-rules.ts";
import type { Delivery, Session } from "./session.ts";
import { settled, type StreamConfig } from "./stream-config.ts";
import type { StoredRecord } from "./stream-log.ts";
import type { Stream } from "./stream.ts";

/** What the calls need of the servers. */
export interface ApiParts {
  readonly ports: ModelPorts;
  readonly streams: ReadonlyMap<string, Stream>;
  readonly consumers: Map<string, Consumer>;
  readonly create: (config: StreamConfig) => Stream | Refusal;
  readonly drop: (stream: Stream) => void;
  readonly servers: number;
  readonly serverName: (server: number) => string;
  /** @param from the server that it comes from: what it sends to clients of another may be lost on the way */
  readonly send: (subject: string, message: Delivery, from: number) => boolean;
  readonly hasInterest: (subject: string) => boolean;
  readonly isUp: (server: number) => boolean;
}

/** One call. */
export interface Call {
  readonly from: Session;
  readonly words: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

export type ApiAnswer = object | { readonly error: Refusal };

const streamNotFound: Refusal = { code: 404, err_code: 10059, description: "stream not found" };
const consumerNotFound: Refusal = { code: 404, err_code: 10014, description: "consumer not found" };
const noMessage: Refusal = { code: 404, err_code: 10037, description: "no message found" };
const nameInUse: Refusal = {
  code: 400,
  err_code: 10058,
  description: "stream name already in use with a different configuration",
};
const maxNamed = 100_000;

export class Api {
  readonly #parts: ApiParts;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /** What the leader says to everything but direct reads and pulls. */
  answer(call: Call, stream: Stream | undefined): ApiAnswer {
    const [area, verb, third = ""] = call.words;
    if (area === "INFO") return { memory: 0, storage: 0, streams: this.#parts.streams.size, limits: {}, api: {} };
    const operation = `${area} ${verb}`;
    if (operation === "STREAM CREATE") return this.#create(third, call.body);
    if (operation === "STREAM NAMES") return this.#names();
    if (stream === undefined) return { error: streamNotFound };
    if (operation === "STREAM INFO") return this.info(stream, call.body, lastShown(stream, call.from));
    if (operation === "STREAM PURGE") return { success: true, purged: stream.log.purge(call.body) };
    if (operation === "STREAM DELETE") {
      this.#parts.drop(stream);
      return { success: true };
    }
    if (operation === "STREAM MSG") return this.#message(call, stream);
    if (area === "CONSUMER") return this.#consumer(call, stream);
    throw new Error(`the model of nats-server does not know $JS.API.${call.words.join(".")}`);
  }

  info(
    stream: Stream,
    { subjects_filter: filter }: { readonly subjects_filter?: string },
    upTo: number = Number.POSITIVE_INFINITY,
  ): object {
    const { config, log, createdAt, leader } = stream;
    const subjects = filter === undefined ? [] : log.subjects(filter);
    const named = filter === undefined ? {} : { subjects: Object.fromEntries(subjects.slice(0, maxNamed)) };
    const state = {
      messages: log.size,
      bytes: 0,
      first_seq: log.firstSequence,
      last_seq: Math.min(log.lastSequence, upTo),
    };
    const peers = [0, 1, 2].filter((server) => stream.isReplicated && server !== leader);
    return {
      config,
      created: time(createdAt),
      state: { ...state, consumer_count: 0, num_subjects: log.subjects(">").length, ...named },
      cluster: {
        leader: leader === undefined ? "" : this.#parts.serverName(leader),
        replicas: peers.map((server) => ({ name: this.#parts.serverName(server), current: true, active: 0 })),
      },
      ...(filter === undefined ? {} : { total: subjects.length, offset: 0, limit: maxNamed }),
    };
  }

  #create(name: string, body: Readonly<Record<string, unknown>>): ApiAnswer {
    const config = settled(name, body);
    const standing = this.#parts.streams.get(name);
    if (standing !== undefined) {
      const same = JSON.stringify(standing.config) === JSON.stringify(config);
      return same ? this.info(standing, {}) : { error: nameInUse };
    }
    const made = this.#parts.create(config);
    return "err_code" in made ? { error: made } : this.info(made, {});
  }

  #names(): object {
    const streams = [...this.#parts.streams.keys()];
    return { total: streams.length, offset: 0, limit: 1_024, streams };
  }

  #message({ body, from }: Call, stream: Stream): ApiAnswer {
    const found = find(stream, body, lastShown(stream, from));
    if (found === undefined) return { error: noMessage };
    const { subject, sequence: seq, data, storedAt } = found;
    return { message: { subject, seq, data: Buffer.from(data).toString("base64"), time: time(storedAt) } };
  }

  #consumer({ words, body }: Call, stream: Stream): ApiAnswer {
    const [, verb, , name = ""] = words;
    if (verb === "CREATE") {
      const config = { ...((body["config"] ?? {}) as ConsumerConfig), name };
      return this.#createConsumer(stream, config);
    }
    const consumer = this.#parts.consumers.get(`${stream.config.name} ${name}`);
    if (consumer === undefined) return { error: consumerNotFound };
    if (verb === "INFO") return this.#consumerInfo(stream, consumer);
    if (verb === "DELETE") {
      consumer.end();
      return { success: true };
    }
    throw new Error(`the model of nats-server does not know $JS.API.${words.join(".")}`);
  }

  #createConsumer(stream: Stream, config: ConsumerConfig): object {
    const { ports, consumers, hasInterest, isUp, servers } = this.#parts;
    const home = Math.floor(ports.chance() * servers);
    const key = `${stream.config.name} ${config.name}`;
    consumers.get(key)?.end();
    const ended = (): void => void consumers.delete(key);
    const send = (subject: string, message: Delivery): boolean => this.#parts.send(subject, message, home);
    const consumer = new Consumer({ ports, stream, config, send, hasInterest, ended, isUp: () => isUp(home) });
    consumers.set(key, consumer);
    const info = this.#consumerInfo(stream, consumer);
    ports.after(0, () => consumer.pump());
    return info;
  }

  #consumerInfo(stream: Stream, { config, delivered, lastDelivered, pending }: Consumer): object {
    const { ports, hasInterest } = this.#parts;
    const place = { consumer_seq: delivered, stream_seq: lastDelivered };
    const bound = config.deliver_subject === undefined ? {} : { push_bound: hasInterest(config.deliver_subject) };
    return {
      stream_name: stream.config.name,
      name: config.name,
      created: time(ports.now()),
      config,
      delivered: place,
      ack_floor: place,
      num_ack_pending: 0,
      num_redelivered: 0,
      num_waiting: 0,
      num_pending: pending,
      ...bound,
    };
  }
}

/** A leader that was deposed without knowing it shows its own clients what it had. */
function lastShown({ deposed }: Stream, { server }: Session): number {
  return deposed?.server === server ? deposed.lastSequence : Number.POSITIVE_INFINITY;
}

/** One message, the last of a subject or the next from a sequence on. */
export function find({ log }: Stream, body: Readonly<Record<string, unknown>>, upTo: number): StoredRecord | undefined {
  const { last_by_subj: last, next_by_subj: next, seq = 1 } = body;
  if (typeof last === "string") return log.lastOf(last, upTo);
  if (typeof next === "string") return log.nextOf(next, seq as number, upTo);
  const found = log.at(seq as number);
  return found !== undefined && found.sequence <= upTo ? found : undefined;
}

/** The answer of a direct read: the message with its place in headers. */
export function direct(stream: Stream, record: StoredRecord, more: Readonly<Record<string, number>> = {}): Delivery {
  const { subject, sequence, storedAt, data } = record;
  const headers = writeHeaders("", {
    "Nats-Stream": stream.config.name,
    "Nats-Subject": subject,
    "Nats-Sequence": sequence,
    "Nats-Time-Stamp": time(storedAt),
    ...more,
  });
  return { headers, data };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

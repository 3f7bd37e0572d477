// A nats-server, or a cluster of three, as its clients see it: core publish and subscribe, streams, consumers, and the ways
// in which they fail. It knows nothing of sockets: whoever makes a session carries its bytes.
import { Api, type ApiAnswer, type Call } from "./api.ts";
import type { Published } from "./client-protocol.ts";
import type { Consumer } from "./consumer.ts";
import { directAnswers } from "./direct-reads.ts";
import { writeHeaders } from "./message-headers.ts";
import { between, type ModelPorts } from "./ports.ts";
import type { Refusal } from "./publish-rules.ts";
import { type Delivery, Session } from "./session.ts";
import type { StreamConfig } from "./stream-config.ts";
import { Stream } from "./stream.ts";
import type { StoredRecord } from "./stream-log.ts";
import { matches } from "./subject.ts";

export interface NatsModelOptions {
  readonly ports: ModelPorts;
  /** One, or three that form a cluster. */
  readonly servers: 1 | 3;
  readonly version?: string;
  /** Whether servers flush before they acknowledge. @default false */
  readonly syncs?: boolean;
  /** Hears of everything that is stored. */
  readonly onStored?: (stream: string, record: StoredRecord) => void;
}

const maxPayload = 1_048_576;
const empty = new Uint8Array(0);
const api = "$JS.API.";
const tooManyReplicas: Refusal = {
  code: 500,
  err_code: 10074,
  description: "replicas > 1 not supported in non-clustered mode",
};
const unavailable: Refusal = { code: 503, err_code: 10008, description: "JetStream system temporarily unavailable" };
const agreeMs = [0.3, 3] as const;

export class NatsModel {
  readonly streams: Map<string, Stream> = new Map();
  readonly servers: readonly string[];
  /** Pairs of servers, `0 1`, between which messages of core NATS are lost: nobody is told. */
  readonly cutRoutes: Set<string> = new Set();
  /** How many of the messages between clients are delivered twice. */
  duplicateShare = 0;
  /** Servers that are not there. */
  readonly down: Set<number> = new Set();
  readonly #options: Required<NatsModelOptions>;
  readonly #sessions = new Set<Session>();
  /** Who may listen, by subject, and by the stem of an inbox. */
  readonly #listening = new Map<string, readonly Session[]>();
  readonly #consumers = new Map<string, Consumer>();
  readonly #streamOf = new Map<string, Stream | undefined>();
  readonly #api: Api;
  #clients = 0;

  constructor(options: NatsModelOptions) {
    this.#options = { version: "2.12.7", syncs: false, onStored: () => {}, ...options };
    this.servers = Array.from({ length: options.servers }, (_, i) => `s${i + 1}`);
    this.#api = new Api({
      ports: options.ports,
      streams: this.streams,
      consumers: this.#consumers,
      create: (config) => this.#create(config),
      drop: (stream) => this.#drop(stream),
      serverName: (server) => this.servers[server] as string,
      send: (subject, message, from) => this.#route(from, subject, message),
      hasInterest: (subject) => this.#hasInterest(subject),
      servers: this.servers.length,
      isUp: (server) => !this.down.has(server),
    });
  }

  /** A client has connected to a server; it is greeted at once. */
  connect(server: number, write: (bytes: Buffer) => void): Session {
    const session = new Session({
      server,
      write,
      published: (from, message) => this.#publish(from, message),
      interestChanged: () => this.#interestChanged(),
    });
    this.#sessions.add(session);
    const name = this.servers[server] as string;
    const { version } = this.#options;
    const info = { server_id: name, server_name: name, version, proto: 1, headers: true, jetstream: true };
    write(Buffer.from(`INFO ${JSON.stringify({ ...info, max_payload: maxPayload, client_id: ++this.#clients })}\r\n`));
    return session;
  }

  disconnect(session: Session): void {
    session.close();
    this.#sessions.delete(session);
    this.#listening.clear();
  }

  /** A server is back: what it stands for goes on. */
  restart(server: number): void {
    this.down.delete(server);
    this.#interestChanged();
  }

  get syncs(): boolean {
    return this.#options.syncs;
  }

  /** What a server says of itself on its monitoring port. */
  monitoring(server: number): object {
    const { version, syncs } = this.#options;
    const config = { sync_always: syncs, sync_interval: 120_000_000_000 };
    return { server_name: this.servers[server], version, jetstream: { config } };
  }

  /**
   * All servers lose their power at once, and with it what they have not flushed: of each stream what was stored within
   * some time before. Consumers without a disk are gone.
   * @param unflushedMs drawn for each stream
   * @returns what is lost, but for what was replaced before
   */
  cutPower(unflushedMs: () => number): readonly StoredRecord[] {
    this.servers.forEach((_, server) => this.down.add(server));
    this.endConsumers();
    return [...this.streams.values()].flatMap((stream) => {
      const backMs = this.syncs ? 0 : unflushedMs();
      return stream.cutPower(stream.log.lastBy(this.#options.ports.now() - backMs));
    });
  }

  endConsumers(): void {
    for (const consumer of this.#consumers.values()) consumer.end();
  }

  /** Of all clients. */
  get subscriptions(): number {
    return [...this.#sessions].reduce((sum, session) => sum + session.subscriptions, 0);
  }

  #publish(from: Session, message: Published): void {
    const { subject } = message;
    if (subject.startsWith(api)) return this.#call(from, message);
    const stream = this.#streamFor(subject);
    const isHeard = this.#route(from.server, subject, message);
    if (isHeard && this.duplicateShare > 0) this.#repeat(from.server, message);
    if (stream !== undefined) return this.#toStream(from, stream, message);
    if (!isHeard) this.#nobody(from, message.reply);
  }

  #toStream(from: Session, stream: Stream, message: Published): void {
    if (stream.deposed?.server === from.server) return; // proposed to nobody: never stored, never answered
    if (stream.leader === undefined) return this.#nobody(from, message.reply);
    const { name } = stream.config;
    stream.publish(message, (ack) => {
      if (message.reply === undefined) return;
      const error = ack.error === undefined ? {} : { error: ack.error };
      this.#send(message.reply, { data: json({ stream: name, seq: 0, ...ack, ...error }) });
    });
  }

  #call(from: Session, message: Published): void {
    const words = message.subject.slice(api.length).split(".");
    const [area, verb, third] = words;
    const name = area === "STREAM" && verb === "MSG" ? words[3] : third;
    const stream = this.streams.get((area === "CONSUMER" && verb === "MSG" ? words[3] : name) ?? "");
    const body = message.data.length === 0 ? {} : (JSON.parse(message.data.toString()) as Call["body"]);
    if (area === "DIRECT") return this.#direct(message, { stream, words, body });
    if (area === "CONSUMER" && verb === "MSG") return this.#pull(from, message, { stream, name: words[4] ?? "", body });
    const isStale = stream !== undefined && stream.deposed?.server === from.server;
    if (stream !== undefined && stream.leader === undefined && !isStale) return this.#leaderless(message);
    this.#answer(message, this.#api.answer({ from, words, body }, stream));
  }

  #direct(
    { reply }: Published,
    { stream, words, body }: { stream: Stream | undefined; words: readonly string[]; body: Call["body"] },
  ): void {
    if (reply === undefined) return;
    if (stream?.config.allow_direct !== true)
      return void this.#send(reply, { headers: writeHeaders("503"), data: empty });
    const { ports } = this.#options;
    const isBehind = stream.isReplicated && ports.chance() < 2 / 3;
    const upTo = isBehind ? stream.seenAfter(ports.chance() * stream.lagMs) : Number.POSITIVE_INFINITY;
    const query = words.length > 3 ? words.slice(3).join(".") : body;
    for (const answer of directAnswers(stream, query, upTo)) this.#send(reply, answer);
  }

  #pull(
    from: Session,
    message: Published,
    { stream, name, body }: { stream: Stream | undefined; name: string; body: Call["body"] },
  ): void {
    const consumer = this.#consumers.get(`${stream?.config.name} ${name}`);
    if (consumer === undefined) return this.#nobody(from, message.reply);
    if (message.reply !== undefined) consumer.pull(message.reply, body);
  }

  /** Mostly silence, as long as the group has nobody to speak for it. */
  #leaderless(message: Published): void {
    if (this.#options.ports.chance() < 0.3) this.#answer(message, { error: unavailable });
  }

  #answer({ reply }: Published, answer: ApiAnswer): void {
    if (reply !== undefined)
      this.#send(reply, { data: json({ type: "io.nats.jetstream.api.v1.response", ...answer }) });
  }

  #create(config: StreamConfig): Stream | Refusal {
    const { ports, onStored } = this.#options;
    if (config.num_replicas > this.servers.length) return tooManyReplicas;
    const stored = (stream: Stream, record: StoredRecord): void => {
      onStored(stream.config.name, record);
      for (const consumer of this.#consumers.values()) consumer.pump();
    };
    const leader = Math.floor(between(ports, 0, this.servers.length));
    const stream = new Stream({ config, ports, times: { agreeMs }, stored }, leader);
    this.streams.set(config.name, stream);
    this.#streamOf.clear();
    return stream;
  }

  #drop({ config: { name } }: Stream): void {
    for (const [key, consumer] of this.#consumers) if (key.startsWith(`${name} `)) consumer.end();
    this.streams.delete(name);
    this.#streamOf.clear();
  }

  #streamFor(subject: string): Stream | undefined {
    if (subject.startsWith("_INBOX")) return undefined;
    if (!this.#streamOf.has(subject)) {
      const found = [...this.streams.values()].find(({ config }) =>
        config.subjects.some((one) => matches(one, subject)),
      );
      this.#streamOf.set(subject, found);
    }
    return this.#streamOf.get(subject);
  }

  #route(from: number, subject: string, message: Delivery): boolean {
    let isHeard = false;
    for (const session of this.#listeners(subject)) {
      if (this.#isLost(from, session.server)) isHeard ||= session.listens(subject);
      else if (session.deliver(subject, message)) isHeard = true;
    }
    return isHeard;
  }

  #repeat(from: number, message: Published): void {
    const { ports } = this.#options;
    if (ports.chance() >= this.duplicateShare) return;
    ports.after(between(ports, 0, 20), () => void this.#route(from, message.subject, message));
  }

  #isLost(from: number, to: number): boolean {
    return this.cutRoutes.size > 0 && this.cutRoutes.has(`${from} ${to}`);
  }

  #nobody(from: Session, reply: string | undefined): void {
    if (reply !== undefined && from.hasNoResponders) from.deliver(reply, { headers: writeHeaders("503"), data: empty });
  }

  #send(subject: string, message: Delivery): boolean {
    let isHeard = false;
    for (const session of this.#listeners(subject)) if (session.deliver(subject, message)) isHeard = true;
    return isHeard;
  }

  #hasInterest(subject: string): boolean {
    return this.#listeners(subject).some((session) => session.listens(subject));
  }

  #listeners(subject: string): readonly Session[] {
    const isInbox = subject.startsWith("_INBOX.");
    const key = isInbox ? subject.slice(0, subject.lastIndexOf(".") + 1) : subject;
    const known = this.#listening.get(key);
    if (known !== undefined) return known;
    const all = [...this.#sessions];
    const found = all.filter((session) => (isInbox ? session.listensBelow(key) : session.listens(key)));
    this.#listening.set(key, found);
    return found;
  }

  #interestChanged(): void {
    this.#listening.clear();
    for (const consumer of this.#consumers.values()) consumer.pump();
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

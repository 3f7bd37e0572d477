// The events of a system as a log, for whoever follows them all: read and followed stream by stream, without a store.
import { systemScheduler } from "@aether/actor";
import type { Link } from "@aether/nats";
import { AckPolicy, DeliverPolicy, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { EventLog, LogBounds, LogFilter, LoggedCommit, LogListener } from "../contracts/event-log.ts";
import type { ActorKey } from "../contracts/event-store.ts";
import { partitionOf, placeOf, type StreamPlace } from "./layout.ts";
import { findPartitionMap, type PartitionMap } from "./partition-map.ts";
import { answerTimeoutMs, untilAnswered } from "./retrying.ts";
import { StreamEnd } from "./stream-end.ts";
import { StreamFollower } from "./stream-follower.ts";

export interface EventLogParts {
  readonly link: Link;
  readonly place: StreamPlace;
  readonly map: PartitionMap;
  readonly warn: (message: string) => void;
}

/** Where an end that may be old was shown. */
const lookAgainMs = 500;
/** What is only looked at is soon gone again. */
const lookingNanos = 5_000_000_000;

/**
 * The log of a system whose store exists.
 * @throws StoreMisconfigured (`PERSISTENCE_STORE_MISCONFIGURED`); an error of the link when nothing is stored there yet
 */
export async function openEventLog(
  link: Link,
  scope: { readonly systemName: string; readonly namespace?: string; readonly warn: (message: string) => void },
): Promise<EventLog> {
  const { systemName, namespace, warn } = scope;
  const map = await findPartitionMap(link, systemName, namespace);
  return new JetStreamEventLog({ link, place: placeOf(systemName, "ev", namespace), map, warn });
}

class JetStreamEventLog implements EventLog {
  readonly streams: number;
  readonly #parts: EventLogParts;
  /** Of each stream: the question that was asked last, and the one that will be asked when it is answered. */
  readonly #asked = new Map<number, Promise<LogBounds>>();
  readonly #toAsk = new Map<number, Promise<LogBounds>>();
  readonly #ends: readonly StreamEnd[];

  constructor(parts: EventLogParts) {
    this.#parts = parts;
    this.streams = parts.map.streams.length;
    this.#ends = parts.map.streams.map(() => new StreamEnd());
  }

  streamOf(actor: ActorKey): number {
    return this.#parts.map.partitions[partitionOf(actor)] as number;
  }

  /** All who ask while a question is under way share the next one: thousands may begin at once. */
  bounds(stream: number): Promise<LogBounds> {
    const shared = this.#toAsk.get(stream);
    if (shared !== undefined) return shared;
    const before = this.#asked.get(stream) ?? Promise.resolve();
    const ask = (): Promise<LogBounds> => {
      this.#toAsk.delete(stream);
      const asked = this.#ask(stream);
      this.#asked.set(stream, asked);
      return asked;
    };
    const next = before.then(ask, ask);
    this.#toAsk.set(stream, next);
    return next;
  }

  async #ask(stream: number): Promise<LogBounds> {
    const name = this.#nameOf(stream);
    for (;;) {
      const { state, config } = await untilAnswered(async () => (await this.#manager()).streams.info(name));
      const { first_seq: first, last_seq: last, messages } = state;
      if (this.#endOf(stream).believes(last, config.num_replicas))
        return { first: messages === 0 ? last + 1 : first, last };
      await new Promise<void>((resolve) => void systemScheduler.after(lookAgainMs, resolve));
    }
  }

  /** Asked of the leader: a direct get may come from a replica that has not heard of that time yet. */
  async before(stream: number, time: Date): Promise<number> {
    const name = this.#nameOf(stream);
    return untilAnswered(async () => {
      const manager = await this.#manager();
      const consumer = await manager.consumers.add(name, {
        deliver_policy: DeliverPolicy.StartTime,
        opt_start_time: time.toISOString(),
        ack_policy: AckPolicy.None,
        inactive_threshold: lookingNanos,
        mem_storage: true,
        num_replicas: 1,
      });
      await manager.consumers.delete(name, consumer.name).catch(() => false); // it goes by itself as well
      return consumer.delivered.stream_seq;
    });
  }

  async *read(
    stream: number,
    { after, upTo }: { readonly after: number; readonly upTo: number },
    filter: LogFilter,
  ): AsyncIterable<readonly LoggedCommit[]> {
    const { link, place } = this.#parts;
    if (upTo <= after) return;
    const name = this.#nameOf(stream);
    const subject = subjectFor(place, filter);
    // A replica that is behind is asked again until it shows what the leader says is the last.
    const last = await link.getLastFromLeader(name, subject);
    if (last === undefined || last.sequence <= after) return;
    const span = { fromSequence: after + 1, upToSequence: last.sequence };
    for await (const page of link.readFrom(name, subject, span)) {
      yield page.map((message) => ({
        actor: place.actorOf(message.subject),
        position: message.sequence,
        bytes: message.data,
      }));
    }
  }

  async follow(stream: number, after: number, listener: LogListener): Promise<() => Promise<void>> {
    const { link, place, warn } = this.#parts;
    const follower = new StreamFollower({
      link,
      stream: this.#nameOf(stream),
      after,
      headersOnly: false,
      tell: ({ subject, sequence, previous, data }) => {
        this.#endOf(stream).saw(sequence);
        listener.stored({ actor: place.actorOf(subject), position: sequence, previous, bytes: data });
      },
      setBack: (last) => listener.setBack(last),
      warn,
    });
    await follower.start();
    return () => follower.stop();
  }

  #endOf(stream: number): StreamEnd {
    return this.#ends[stream] as StreamEnd;
  }

  #nameOf(stream: number): string {
    return this.#parts.map.streams[stream] as string;
  }

  #manager(): Promise<JetStreamManager> {
    return jetstreamManager(this.#parts.link.connection, { checkAPI: false, timeout: answerTimeoutMs });
  }
}

function subjectFor(place: StreamPlace, { type, id }: LogFilter): string {
  if (type === undefined) return place.subjects;
  return id === undefined ? place.subjectsOfType(type) : place.subjectOf({ type, id });
}

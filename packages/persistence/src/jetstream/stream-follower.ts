// Follows one stream from its present end, over lost connections and restarts of servers. Invariant: it goes on behind the
// last message that it saw, so that what was stored meanwhile is told late rather than not at all.
import { systemScheduler } from "@aether/actor";
import { type ConsumerMessages, DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { Link } from "@aether/nats";

export interface StreamFollowerParts {
  readonly link: Link;
  readonly stream: string;
  readonly tell: (subject: string, sequence: number) => void;
  readonly warn: (message: string) => void;
}

const heartbeatMs = 1_000;
const retryMs = 500;

export class StreamFollower {
  readonly #parts: StreamFollowerParts;
  readonly #stopped = new AbortController();
  #next = 0;
  #messages: ConsumerMessages | undefined;
  #unwatch: (() => void) | undefined;
  #wake: () => void = () => {};
  #hasWarned = false;
  #isRunning: Promise<void> = Promise.resolve();

  constructor(parts: StreamFollowerParts) {
    this.#parts = parts;
  }

  /** Resolves when it is subscribed: what is stored from now on is told. */
  async start(): Promise<void> {
    const { link, stream } = this.#parts;
    const manager = await jetstreamManager(link.connection);
    // By sequence, not by "new": a consumer that has seen nothing would be made again from the first message on.
    this.#next = (await manager.streams.info(stream)).state.last_seq + 1;
    const first = await this.#subscribe();
    // A consumer finds out by missed heartbeats; the link knows at once.
    this.#unwatch = link.onStatus((status) => {
      if (status === "reconnected") this.#messages?.stop();
    });
    this.#isRunning = this.#run(first);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#unwatch?.();
    this.#messages?.stop();
    this.#wake();
    await this.#isRunning;
  }

  async #run(first: ConsumerMessages): Promise<void> {
    const { signal } = this.#stopped;
    let subscribed: ConsumerMessages | undefined = first;
    while (!signal.aborted && !this.#parts.link.connection.isClosed()) {
      try {
        const messages: ConsumerMessages = subscribed ?? (await this.#subscribe());
        subscribed = undefined;
        for await (const message of messages) {
          this.#next = message.seq + 1;
          this.#parts.tell(message.subject, message.seq);
        }
      } catch (error) {
        if (!signal.aborted) await this.#interrupted(error);
      }
    }
  }

  async #subscribe(): Promise<ConsumerMessages> {
    const { link, stream } = this.#parts;
    const consumer = await jetstream(link.connection).consumers.get(stream, {
      headers_only: true,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#next,
    });
    const messages = await consumer.consume({ idle_heartbeat: heartbeatMs });
    // One that cannot be deleted now is deleted by the server when nobody has asked it for five minutes.
    void messages.closed().then(() => consumer.delete().catch(() => false));
    this.#hasWarned = false;
    this.#messages = messages;
    if (this.#stopped.signal.aborted) messages.stop();
    return messages;
  }

  async #interrupted(error: unknown): Promise<void> {
    const { stream, warn } = this.#parts;
    if (!this.#hasWarned) warn(`Following ${stream} was interrupted, and is tried again: ${String(error)}`);
    this.#hasWarned = true;
    await new Promise<void>((resolve) => {
      const cancel = systemScheduler.after(retryMs, resolve);
      this.#wake = () => resolve(cancel());
    });
  }
}

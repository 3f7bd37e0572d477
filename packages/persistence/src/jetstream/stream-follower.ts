// Follows one stream over lost connections and restarts of servers. Invariant: it goes on behind the last message that it
// saw, so that what was stored while it was cut off is told late rather than not at all.
import { systemScheduler } from "@aether/actor";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { type ConsumerParts, PushedConsumer } from "./pushed-consumer.ts";
import { answerTimeoutMs, untilAnswered } from "./retrying.ts";
import { StreamEnd } from "./stream-end.ts";

export interface StreamFollowerParts extends ConsumerParts {
  /** Begin behind this sequence. @default the present end */
  readonly after?: number;
  /** The stream ends before what was told, or is another one of its name. Following goes on from its end. */
  readonly setBack?: (last: number) => void;
  readonly warn: (message: string) => void;
}

const retryMs = 500;

export class StreamFollower {
  readonly #parts: StreamFollowerParts;
  readonly #end = new StreamEnd();
  #consumer: PushedConsumer | undefined;
  /** When the stream was made. */
  #created = "";
  #isStopped = false;
  #unwatch: (() => void) | undefined;
  #wake: () => void = () => {};
  #hasWarned = false;
  #isRunning: Promise<void> = Promise.resolve();

  constructor(parts: StreamFollowerParts) {
    this.#parts = parts;
  }

  /** Resolves when it is subscribed: what is stored from now on is told. */
  async start(): Promise<void> {
    const { link, stream, after } = this.#parts;
    await untilAnswered(async () => {
      const manager = await this.#manager();
      const { state, created } = await manager.streams.info(stream);
      this.#created = created;
      this.#consumer = await PushedConsumer.open(this.#parts, manager, after ?? state.last_seq);
    });
    // Its silence would tell too, later.
    this.#unwatch = link.onStatus((status) => {
      if (status === "disconnected") return;
      this.#consumer?.end("the connection was lost");
      this.#wake();
    });
    this.#isRunning = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unwatch?.();
    this.#consumer?.end("stopped");
    this.#wake();
    await this.#isRunning;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped && !this.#parts.link.connection.isClosed()) {
      const reason = await this.#consumer?.over;
      if (!this.#isStopped) await this.#again(reason);
    }
  }

  async #again(reason: string | undefined): Promise<void> {
    const { link, warn, stream } = this.#parts;
    try {
      if (link.isConnected) return await this.#reopen();
    } catch (error) {
      if (!this.#hasWarned && !this.#isStopped) {
        warn(`Following ${stream} was interrupted (${reason}), and is tried again: ${String(error)}`);
      }
      this.#hasWarned = true;
    }
    await this.#pause();
  }

  /** A consumer that begins behind the end of a stream that was set back would wait, and then leave out what comes. */
  async #reopen(): Promise<void> {
    const manager = await this.#manager();
    const { stream } = this.#parts;
    const { state, created, config } = await manager.streams.info(stream);
    let last = this.#consumer?.last ?? 0;
    this.#end.saw(last);
    if (created === this.#created && !this.#end.believes(state.last_seq, config.num_replicas))
      throw new Error(`${stream} is shown to end at ${state.last_seq}, before ${last}: perhaps by a former leader`);
    if (state.last_seq < last || created !== this.#created) {
      last = state.last_seq;
      this.#created = created;
      this.#parts.setBack?.(last);
    }
    const consumer = await PushedConsumer.open(this.#parts, manager, last);
    this.#consumer = consumer;
    this.#hasWarned = false;
    if (this.#isStopped) consumer.end("stopped");
  }

  #manager(): Promise<JetStreamManager> {
    return jetstreamManager(this.#parts.link.connection, { checkAPI: false, timeout: answerTimeoutMs });
  }

  async #pause(): Promise<void> {
    if (this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const cancel = systemScheduler.after(retryMs, resolve);
      this.#wake = () => resolve(cancel());
    });
  }
}

// Everything around the code under test in one run: time, chance, network, servers, and the record of what was stored.
import type { NodeRecord } from "@aether/cluster";
import { createSeededRandom } from "@aether/actor/testing";
import { NatsModel } from "../model/nats-model.ts";
import type { StoredRecord } from "../model/stream-log.ts";
import { epochMs } from "../world/machine.ts";
import { Network } from "../world/network.ts";
import { Timeline } from "../world/timeline.ts";
import { Trace } from "../world/trace.ts";
import { enterWorld } from "../world/virtual-globals.ts";

/** A message as it was stored, and when, on the clock of the simulation. */
export interface Stored {
  readonly stream: string;
  readonly record: StoredRecord;
  readonly at: number;
}

interface StoredShape {
  readonly firstVersion: number;
  readonly events: readonly unknown[];
}

/** From when until when a leader that was replaced answered as if it led. */
export interface PastShown {
  readonly from: number;
  until: number;
}

export interface WorldOptions {
  readonly seed: number;
  readonly servers: 1 | 3;
  readonly keepsStory: boolean;
  /** Whether servers flush before they acknowledge. */
  readonly syncs: boolean;
}

/** Ten times what a run takes. */
const maxEvents = 500_000;
/** What a server without the power to flush loses at most. */
const maxUnflushedMs = 1_200;

export class SimWorld {
  readonly timeline: Timeline = new Timeline();
  readonly trace: Trace;
  readonly model: NatsModel;
  readonly network: Network;
  /** All that was ever stored, also what is gone since. */
  readonly ledger: Stored[] = [];
  readonly pasts: PastShown[] = [];
  /** What of it was lost with the power of all servers, and when that was. */
  readonly lost: Set<StoredRecord> = new Set();
  powerCutAt: number = Number.POSITIVE_INFINITY;
  readonly #watchers = new Set<(writer: string) => void>();
  /** What should never happen: code that threw where nobody caught it. */
  readonly escaped: string[] = [];
  /** Chance of what the world does. */
  readonly random: () => number;

  constructor({ seed, servers, keepsStory, syncs }: WorldOptions) {
    const { timeline } = this;
    this.trace = new Trace(timeline, keepsStory);
    const outside = createSeededRandom(seed * 2 + 1);
    const inside = createSeededRandom(seed * 2 + 0x5eed0000);
    this.random = () => outside.next();
    this.model = new NatsModel({
      servers,
      syncs,
      ports: {
        now: () => epochMs + timeline.now,
        after: (delayMs, task) => timeline.after(delayMs, task),
        chance: this.random,
      },
      onStored: (stream, record) => this.#onStored(stream, record),
    });
    this.network = new Network({ timeline, random: this.random, model: this.model });
    enterWorld({
      timeline,
      random: () => inside.next(),
      dial: (from, port, connected) => this.network.dial(from, port, connected),
      ask: (from, port, signal) => this.network.ask(from, port, signal),
    });
  }

  /** Lets everything happen up to a time, or until it is enough. */
  run(until: number, isEnough: () => boolean = () => false): void {
    const { timeline, trace } = this;
    while (!isEnough()) {
      if (timeline.count > maxEvents)
        throw new Error(`a run that does not end: ${maxEvents} events by ${timeline.now} ms`);
      try {
        if (!timeline.step(until)) return;
      } catch (error) {
        this.escaped.push(describe(error));
      }
      trace.mix((timeline.now * 1_000) | 0);
    }
  }

  /** Calls back for each commit of an account, before its writer is told. @returns what ends that */
  onCommit(watcher: (writer: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** What was stored and not lost. */
  get standing(): readonly Stored[] {
    return this.lost.size === 0 ? this.ledger : this.ledger.filter(({ record }) => !this.lost.has(record));
  }

  /** All servers lose their power, and perhaps the last of what they had not flushed. */
  cutPower(): void {
    const { model, network, random, timeline } = this;
    this.powerCutAt = timeline.now;
    const unflushedMs = (): number => (random() < 0.4 ? 0 : random() ** 2 * maxUnflushedMs);
    const lost = model.cutPower(unflushedMs);
    for (const record of lost) this.lost.add(record);
    for (const server of model.servers.keys()) network.cutServer(server);
    this.trace.tell("fault", `${lost.length} messages were on no disk`);
  }

  /** The last event that is stored. */
  lastTold(): { readonly position: number; readonly version: number } | undefined {
    for (let i = this.ledger.length - 1; i >= 0; i--) {
      const { stream, record } = this.ledger[i] as Stored;
      if (!stream.endsWith("_ev") || this.lost.has(record)) continue;
      const { firstVersion, events } = JSON.parse(textOf(record)) as StoredShape;
      if (events.length > 0) return { position: record.sequence, version: firstVersion + events.length - 1 };
    }
    return undefined;
  }

  #onStored(stream: string, record: StoredRecord): void {
    this.ledger.push({ stream, record, at: this.timeline.now });
    this.trace.mix(record.sequence);
    this.trace.bytes(record.data);
    if (stream.startsWith("KV_aether_")) this.#tellOfTable(record);
    if (this.#watchers.size === 0 || !stream.endsWith("_ev")) return;
    const { node } = JSON.parse(textOf(record)) as { readonly node: string };
    for (const watcher of this.#watchers) watcher(node);
  }

  #tellOfTable(record: StoredRecord): void {
    const { node, state, weight } = JSON.parse(textOf(record)) as NodeRecord;
    this.trace.tell("table", `${record.sequence} ${node} is ${state}, with weight ${weight}`);
  }
}

function textOf({ data }: StoredRecord): string {
  return Buffer.from(data).toString();
}

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: string };
  return code === undefined ? `${error.name}: ${error.message}` : `${code}: ${error.message}`;
}

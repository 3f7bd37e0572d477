// One stream of the model: takes publishes, agrees with its replicas, and answers reads as of now or, by a replica that is
// behind, as of a while ago. Invariant: a sequence is acknowledged only when the log has it, and a proposal of a leader that
// is gone is stored before its successor answers anything, or never.
import type { Published } from "./client-protocol.ts";
import { between, type ModelPorts } from "./ports.ts";
import { type PublishState, type Refusal, unfit, verdictOfOne, verdictOfSeveral, wishOf } from "./publish-rules.ts";
import type { StreamConfig } from "./stream-config.ts";
import { StreamLog, type StoredRecord } from "./stream-log.ts";

/** Where an answer goes. */
export type Answer = (ack: { readonly seq?: number; readonly duplicate?: boolean; readonly error?: Refusal }) => void;

interface Proposal {
  readonly message: Published;
  readonly messageId: string | undefined;
  readonly ttl: number | undefined;
  readonly subject: string;
  readonly answer: Answer;
  cancel: () => void;
}

/** How long things take, in milliseconds. */
export interface StreamTimes {
  readonly agreeMs: readonly [least: number, most: number];
}

export interface StreamParts {
  readonly config: StreamConfig;
  readonly ports: ModelPorts;
  readonly times: StreamTimes;
  readonly stored: (stream: Stream, record: StoredRecord) => void;
}

export class Stream {
  readonly config: StreamConfig;
  readonly log: StreamLog;
  readonly createdAt: number;
  /** The server that leads; undefined while none does. */
  leader: number | undefined;
  /** A server that led, was cut off, and does not know yet that another one does: it still answers its own clients. */
  deposed: { readonly server: number; readonly lastSequence: number; readonly until: number } | undefined;
  /** When such a leader has shown the past for the last time. */
  pastUntil = 0;
  /** How far behind the other replicas are. */
  lagMs = 0;
  /** How much longer they take to agree, at most. */
  slowMs = 0;
  readonly #parts: StreamParts;
  readonly #dedup = new Map<string, { readonly sequence: number; readonly at: number }>();
  readonly #proposals: Proposal[] = [];
  #agreedAt = 0;

  constructor(parts: StreamParts, leader: number) {
    this.#parts = parts;
    this.config = parts.config;
    this.log = new StreamLog(parts.config.max_msgs_per_subject);
    this.createdAt = parts.ports.now();
    this.leader = leader;
  }

  get isReplicated(): boolean {
    return this.config.num_replicas > 1;
  }

  publish(message: Published, answer: Answer): void {
    const wish = wishOf(message.subject, message.headers);
    const bytes = (message.headers?.length ?? 0) + message.data.length;
    const error = unfit(bytes, this.log, this.config);
    if (error !== undefined) return answer({ error });
    this.#forgetIds();
    const state: PublishState = { log: this.log, dedup: this.#dedup, inProcess: this.#inProcess() };
    const verdict = this.isReplicated ? verdictOfSeveral(wish, state) : verdictOfOne(wish, state);
    if (verdict.type === "refuse") return answer({ error: verdict.error });
    if (verdict.type === "duplicate") return answer({ seq: verdict.sequence, duplicate: true });
    const { messageId, ttl } = wish;
    const proposal = { message, messageId, ttl, subject: message.subject, answer, cancel: () => {} };
    if (this.isReplicated) this.#propose(proposal);
    else this.#store(proposal);
  }

  /** The leader is gone. What it had proposed is known to its successor up to a random one. */
  depose(): void {
    this.leader = undefined;
    for (const proposal of this.#proposals) proposal.cancel();
  }

  /** The successor first stores what it has of its predecessor: nobody is told. */
  elect(server: number): void {
    const kept = Math.floor(this.#parts.ports.chance() * (this.#proposals.length + 1));
    for (const proposal of this.#proposals.splice(0).slice(0, kept)) this.#store({ ...proposal, answer: () => {} });
    this.leader = server;
  }

  /** All servers lose their power: what was not agreed upon is gone, and what lay behind in no disk. @returns that */
  cutPower(sequence: number): readonly StoredRecord[] {
    for (const proposal of this.#proposals.splice(0)) proposal.cancel();
    if (this.isReplicated) this.leader = undefined;
    this.deposed = undefined;
    for (const [id, known] of this.#dedup) if (known.sequence > sequence) this.#dedup.delete(id);
    return this.log.cutBehind(sequence);
  }

  /** The last message that a replica shows which has this lag. */
  seenAfter(lagMs: number): number {
    if (lagMs <= 0) return Number.POSITIVE_INFINITY;
    return this.log.lastBy(this.#parts.ports.now() - lagMs);
  }

  #propose(proposal: Proposal): void {
    const { ports, times } = this.#parts;
    this.#proposals.push(proposal);
    const now = ports.now();
    this.#agreedAt = Math.max(this.#agreedAt, now + between(ports, ...times.agreeMs) + ports.chance() * this.slowMs);
    proposal.cancel = ports.after(this.#agreedAt - now, () => {
      const at = this.#proposals.indexOf(proposal);
      if (at < 0) return;
      this.#proposals.splice(at, 1);
      this.#store(proposal);
    });
  }

  #store({ message, messageId, ttl, answer }: Proposal): void {
    const { subject, headers, data } = message;
    const at = this.#parts.ports.now();
    const record = this.log.store({ subject, headers, data, storedAt: at });
    if (messageId !== undefined) this.#dedup.set(messageId, { sequence: record.sequence, at });
    if (ttl !== undefined) this.#parts.ports.after(ttl * 1_000, () => this.log.expire(record));
    this.#parts.stored(this, record);
    answer({ seq: record.sequence });
  }

  #inProcess(): PublishState["inProcess"] {
    const ids = this.#proposals.flatMap(({ messageId }) => (messageId === undefined ? [] : [messageId]));
    return { subjects: new Set(this.#proposals.map(({ subject }) => subject)), ids: new Set(ids) };
  }

  #forgetIds(): void {
    const windowMs = Number(this.config["duplicate_window"]) / 1_000_000;
    const oldest = this.#parts.ports.now() - windowMs;
    for (const [id, { at }] of this.#dedup) {
      if (at >= oldest) break;
      this.#dedup.delete(id);
    }
  }
}

// Ended turns become commits: one in flight, the rest pile into the next. Invariant: commits of one incarnation are
// appended in turn order, each behind the token of the one before, and no turn is split over two.
import type { DurableCell } from "@aether/actor";
import { appendAgain, type AppendWatch, understood } from "./appending.ts";
import { CommitDraft } from "./commit-draft.ts";
import { actorTextOf, type Birth, encodeCommit, headerBytes, type Place } from "./commit-format.ts";
import type { ActorKey, AppendOutcome, Token } from "./contracts/event-store.ts";
import { CommitRejected } from "./errors.ts";
import type { Recovered } from "./recovering.ts";
import type { Services } from "./services.ts";
import type { TurnRecord } from "./turn-record.ts";

export interface CommitterHost {
  readonly key: ActorKey;
  readonly name: string;
  readonly cell: DurableCell;
  readonly services: Services;
  /** The commit that ends with this version is stored under this token. */
  committed(version: number): void;
}

const nothing = new Uint8Array(0);

export class Committer implements AppendWatch {
  readonly maxTurnBytes: number;
  readonly #host: CommitterHost;
  #actorText: string | undefined;
  #version = 0;
  /** The last version that was handed to the store. */
  #offered = 0;
  #token: Token = 0;
  /** Id of the commit with that token. */
  #base: string | undefined;
  /** Of the commit under way. */
  #id = "";
  #bytes: Uint8Array = nothing;
  #born: Birth | undefined;
  /** Oldest first. */
  readonly #drafts: CommitDraft[] = [];
  #waitingTurns = 0;
  #waitingBytes = 0;
  #isRunning = false;
  #isClosed = false;
  #isHeldUp = false;
  #idle: (() => void)[] = [];

  constructor(host: CommitterHost) {
    this.#host = host;
    this.maxTurnBytes = host.services.stores.events.limits.maxCommitBytes - headerBytes;
  }

  /** Where the next commit goes, after recovery. */
  startAt(at: Pick<Recovered, "version" | "token" | "base" | "born">): void {
    this.#version = at.version;
    this.#token = at.token;
    this.#base = at.base;
    this.#born = at.born;
  }

  /** The last commit that is durable. */
  get place(): Place {
    return { token: this.#token, commit: this.#base };
  }

  /** The last version that is durable. */
  get storedVersion(): number {
    return this.#version;
  }

  /** Whether the store was asked to keep this version and has not answered. */
  isInDoubt(version: number): boolean {
    return version > this.#version && version <= this.#offered;
  }

  add(turn: TurnRecord): void {
    const last = this.#drafts.at(-1);
    // As many turns as fit into one commit, up to a cut.
    const isNew = last === undefined || last.isCut || last.bytes + turn.bytes > this.maxTurnBytes;
    if (isNew) this.#drafts.push(new CommitDraft(turn));
    else last.add(turn);
    this.#waitingTurns++;
    this.#waitingBytes += turn.bytes;
    this.#holdUp();
  }

  /** Its commit must end with the last turn added. */
  cut(): void {
    const last = this.#drafts.at(-1);
    if (last !== undefined) last.isCut = true;
  }

  /** Starts a commit unless one is in flight. */
  pump(): void {
    if (this.#isRunning || this.#isClosed || this.#drafts.length === 0) return;
    this.#isRunning = true;
    this.#commitNext();
  }

  /** Settles once nothing waits and nothing is in flight, or when closed. */
  flush(): Promise<void> {
    if (this.#isClosed || (!this.#isRunning && this.#drafts.length === 0)) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  close(): void {
    this.#isClosed = true;
    this.#settleIdle();
  }

  isOver(): boolean {
    return this.#isClosed;
  }

  onUnknown(): void {
    this.#host.cell.pause();
  }

  /** One commit at a time, without an `async` function around it: its frame would be a tenth of a small commit's memory. */
  #commitNext(): void {
    const { key, services } = this.#host;
    const draft = this.#isClosed ? undefined : this.#drafts.shift();
    if (draft === undefined) {
      this.#isRunning = false;
      return this.#settleIdle();
    }
    this.#waitingTurns -= draft.count;
    this.#waitingBytes -= draft.bytes;
    this.#offered = draft.lastVersion;
    const place = { actor: key, after: this.#token, firstVersion: this.#version + 1, born: this.#born };
    const header = services.stamp.header(place);
    this.#id = header.id;
    this.#bytes = encodeCommit(header, draft, (this.#actorText ??= actorTextOf(key)));
    void this.#append(this.#bytes).then(this.#settle, this.#appendAgain);
  }

  #append(bytes: Uint8Array): Promise<AppendOutcome> {
    const { key, services } = this.#host;
    try {
      return services.stores.events.append(key, this.#token, bytes);
    } catch (error) {
      return Promise.reject(error); // a stranger's store may throw where it should reject
    }
  }

  readonly #settle = (outcome: AppendOutcome): void => {
    try {
      understood(outcome, this.#token);
    } catch (error) {
      return this.#appendAgain(error);
    }
    this.#end(outcome);
  };

  readonly #appendAgain = (thrown: unknown): void => {
    const { key, name, services } = this.#host;
    const append = { actor: key, name, after: this.#token, base: this.#base, bytes: this.#bytes };
    void appendAgain(services, append, this, thrown).then(this.#end);
  };

  readonly #end = (outcome: AppendOutcome | undefined): void => {
    this.#bytes = nothing; // a part of memory that many share: an idle actor must not keep it
    if (!this.#isClosed && outcome !== undefined) this.#learn(outcome);
    this.#commitNext();
  };

  #learn(outcome: AppendOutcome): void {
    const { cell, name, services } = this.#host;
    if (outcome.type === "committed") return this.#onCommitted(this.#offered, outcome.token);
    this.close();
    if (outcome.type === "conflict") {
      services.metrics.conflicts++;
      cell.fenced("another writer has committed");
    } else {
      services.metrics.rejections++;
      cell.refused(this.#offered, new CommitRejected(name, outcome.reason));
    }
  }

  #onCommitted(version: number, token: Token): void {
    const { cell, services } = this.#host;
    services.metrics.commits++;
    services.metrics.events += version - this.#version;
    this.#version = version;
    this.#token = token;
    this.#base = this.#id;
    this.#isHeldUp = false;
    this.#holdUp();
    if (!this.#isHeldUp) cell.resume();
    this.#host.committed(version);
    cell.durableUpTo(version);
  }

  #holdUp(): void {
    const { maxWaitingTurns, maxWaitingBytes } = this.#host.services.limits;
    if (this.#isHeldUp || (this.#waitingTurns < maxWaitingTurns && this.#waitingBytes < maxWaitingBytes)) return;
    this.#isHeldUp = true;
    this.#host.cell.pause();
  }

  #settleIdle(): void {
    if (this.#idle.length === 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

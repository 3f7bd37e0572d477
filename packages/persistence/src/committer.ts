// Ended turns become commits: one in flight, the rest pile into the next. Invariant: commits of one incarnation are
// appended in turn order, each behind the token of the one before, and no turn is split over two.
import { type DurableCell, randomId } from "@aether/actor";
import { appendUntilKnown } from "./appending.ts";
import { type Birth, encodeCommit, headerBytes } from "./commit-format.ts";
import type { ActorKey, Token } from "./contracts/event-store.ts";
import { CommitRejected } from "./errors.ts";
import type { Services } from "./services.ts";
import type { TurnRecord } from "./turn-record.ts";

export interface CommitterHost {
  readonly key: ActorKey;
  readonly name: string;
  readonly cell: DurableCell;
  readonly services: Services;
  /** The commit that ends with this version is stored under this token. */
  committed(version: number, token: Token): void;
}

export class Committer {
  readonly #host: CommitterHost;
  #version = 0;
  #token: Token = 0;
  #born: Birth | undefined;
  #waiting: TurnRecord[] = [];
  #waitingBytes = 0;
  #cutAt: number | undefined;
  #isRunning = false;
  #isClosed = false;
  #isHeldUp = false;
  #idle: (() => void)[] = [];

  constructor(host: CommitterHost) {
    this.#host = host;
  }

  /** Where the next commit goes, after recovery. */
  startAt(at: { readonly version: number; readonly token: Token; readonly born: Birth | undefined }): void {
    this.#version = at.version;
    this.#token = at.token;
    this.#born = at.born;
  }

  /** Of the last commit that is durable. */
  get token(): Token {
    return this.#token;
  }

  /** The last version that is durable. */
  get storedVersion(): number {
    return this.#version;
  }

  get maxTurnBytes(): number {
    return this.#host.services.stores.events.limits.maxCommitBytes - headerBytes;
  }

  add(turn: TurnRecord): void {
    this.#waiting.push(turn);
    this.#waitingBytes += turn.bytes;
    this.#holdUp();
  }

  /** The commit under way must end with this version, which is that of the last turn added. */
  cutAt(version: number): void {
    this.#cutAt = version;
  }

  /** Starts a commit unless one is in flight. */
  pump(): void {
    if (this.#isRunning || this.#isClosed || this.#waiting.length === 0) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Settles once nothing waits and nothing is in flight, or when closed. */
  flush(): Promise<void> {
    if (this.#isClosed || (!this.#isRunning && this.#waiting.length === 0)) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  close(): void {
    this.#isClosed = true;
    this.#settleIdle();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#isClosed) await this.#commit(this.#take());
    this.#isRunning = false;
    this.#settleIdle();
  }

  async #commit(turns: readonly TurnRecord[]): Promise<void> {
    const { key, name, cell, services } = this.#host;
    const version = turns.at(-1)?.lastVersion as number;
    const bytes = encodeCommit(
      {
        id: randomId(services.random, 16),
        actor: key,
        firstVersion: this.#version + 1,
        time: services.clock.wall(),
        ...services.writers.current,
        ...(this.#born && { born: this.#born }),
      },
      turns,
    );
    const outcome = await appendUntilKnown(
      services,
      { actor: key, name, after: this.#token, bytes },
      { isOver: () => this.#isClosed, onUnknown: () => cell.pause() },
    );
    if (this.#isClosed || outcome === undefined) return;
    if (outcome.type === "committed") return this.#onCommitted(version, outcome.token);
    this.close();
    if (outcome.type === "conflict") {
      services.metrics.conflicts++;
      cell.fenced("another writer has committed");
    } else {
      services.metrics.rejections++;
      cell.refused(version, new CommitRejected(name, outcome.reason));
    }
  }

  #onCommitted(version: number, token: Token): void {
    const { cell, services } = this.#host;
    services.metrics.commits++;
    services.metrics.events += version - this.#version;
    this.#version = version;
    this.#token = token;
    this.#isHeldUp = false;
    this.#holdUp();
    if (!this.#isHeldUp) cell.resume();
    this.#host.committed(version, token);
    cell.durableUpTo(version);
  }

  /** As many turns as fit into one commit, up to the cut. */
  #take(): TurnRecord[] {
    const room = this.maxTurnBytes;
    let count = 0;
    let bytes = 0;
    for (const turn of this.#waiting) {
      if (count > 0 && bytes + turn.bytes > room) break;
      bytes += turn.bytes;
      count++;
      if (turn.lastVersion === this.#cutAt) break;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  #holdUp(): void {
    const { maxWaitingTurns, maxWaitingBytes } = this.#host.services.limits;
    if (this.#isHeldUp || (this.#waiting.length < maxWaitingTurns && this.#waitingBytes < maxWaitingBytes)) return;
    this.#isHeldUp = true;
    this.#host.cell.pause();
  }

  #settleIdle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

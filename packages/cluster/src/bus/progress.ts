// What a subscription has handled and what it has parked; a durable one writes it down. Invariant: only its latest start
// writes, by compare-and-set, so that two processes of one name never both advance.
import type { BusRecord, BusRecords, ParkedEvent } from "../contracts/event-bus.ts";
import { CheckpointFailed, SubscriptionTaken } from "../errors.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint-format.ts";
import type { Cursor } from "./cursor.ts";

export interface ProgressParts {
  /** Of a durable subscription. */
  readonly durable: { readonly name: string; readonly records: BusRecords; readonly owner: string } | undefined;
  readonly checkpointEvery: number;
  readonly problem: (problem: Error) => void;
}

const maxClaims = 20;

export class Progress {
  /** How far each stream is; whoever handles events keeps it up to date. */
  cursors: () => readonly Cursor[] = () => [];
  readonly #parts: ProgressParts;
  readonly #parked = new Map<string, ParkedEvent>();
  #revision = 0;
  #written = "";
  #isUncertain = false;
  #hasFailed = false;
  #unwritten = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: ProgressParts) {
    this.#parts = parts;
  }

  get parked(): readonly ParkedEvent[] {
    return [...this.#parked.values()];
  }

  /**
   * Takes the name over from whoever had it, and goes on where that one wrote last.
   * @param first where to begin if nobody ever did
   * @throws CheckpointFailed (`CLUSTER_CHECKPOINT_FAILED`), and what `first` and the records throw
   */
  async begin(streams: number, first: () => Promise<readonly Cursor[]>): Promise<readonly Cursor[]> {
    const { durable } = this.#parts;
    if (durable === undefined) return first();
    const { name, records, owner } = durable;
    for (let claim = 1; claim <= maxClaims; claim++) {
      const found = await records.read(name);
      const cursors = found === undefined ? await first() : this.#resume(name, streams, found);
      const text = encodeCheckpoint({ owner, cursors, parked: this.parked });
      const revision = await records.write(name, text, found?.revision ?? 0);
      if (revision === undefined) continue;
      this.#revision = revision;
      this.#written = text;
      return cursors;
    }
    throw new CheckpointFailed(name, `others have written it ${maxClaims} times meanwhile`);
  }

  /** Resolves when the next event may be handled. @throws SubscriptionTaken */
  async handled(): Promise<void> {
    if (++this.#unwritten >= this.#parts.checkpointEvery) await this.write();
  }

  /** @throws SubscriptionTaken */
  async park(parked: ParkedEvent): Promise<void> {
    this.#parked.set(parked.id, parked);
    await this.write();
  }

  /** @throws SubscriptionTaken */
  async unpark(id: string): Promise<void> {
    this.#parked.delete(id);
    await this.write();
  }

  /** Writes what has changed. What the store refuses to answer is tried again at the next call. @throws SubscriptionTaken */
  write(): Promise<void> {
    const done = this.#writing.then(() => this.#write());
    this.#writing = done.catch(() => {});
    return done;
  }

  async #write(): Promise<void> {
    const { durable, problem } = this.#parts;
    if (durable === undefined) return;
    const { name, records, owner } = durable;
    const text = encodeCheckpoint({ owner, cursors: this.cursors(), parked: this.parked });
    this.#unwritten = 0;
    try {
      if (this.#isUncertain) await this.#settle();
      if (text === this.#written) return;
      this.#isUncertain = true;
      const revision = await records.write(name, text, this.#revision);
      if (revision === undefined) {
        await this.#settle(); // a former try may have been stored only now
        return await this.#write();
      }
      this.#isUncertain = false;
      this.#revision = revision;
      this.#written = text;
      this.#hasFailed = false;
    } catch (error) {
      if (error instanceof SubscriptionTaken) throw error;
      if (!this.#hasFailed) problem(new CheckpointFailed(name, "it is not written yet, and is tried again", error));
      this.#hasFailed = true;
    }
  }

  /**
   * Nobody knows whether the last try was stored, or will be: what stands there is ours, or another one has begun. One
   * that stands there from before us is what a leader shows that was replaced without knowing it.
   */
  async #settle(): Promise<void> {
    const { name, records, owner } = this.#parts.durable as NonNullable<ProgressParts["durable"]>;
    const found = await records.read(name);
    if (found === undefined || (ownerOf(found.text) !== owner && found.revision < this.#revision))
      throw new Error("what was written before is not shown");
    if (ownerOf(found.text) !== owner) throw new SubscriptionTaken(name);
    this.#revision = found.revision;
    this.#written = found.text;
    this.#isUncertain = false;
  }

  #resume(name: string, streams: number, found: BusRecord): readonly Cursor[] {
    let checkpoint: Checkpoint;
    try {
      checkpoint = decodeCheckpoint(found.text, streams);
    } catch (error) {
      throw new CheckpointFailed(name, `it cannot be read: ${(error as Error).message}`, error);
    }
    this.#parked.clear();
    for (const parked of checkpoint.parked) this.#parked.set(parked.id, parked);
    return checkpoint.cursors;
  }
}

function ownerOf(text: string): unknown {
  return (JSON.parse(text) as Partial<Checkpoint>).owner;
}

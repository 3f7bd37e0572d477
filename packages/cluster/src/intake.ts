// What has come over one line: which frame is next, so that each is taken once and in order, and how much of it was
// handled, which the sender counts against its window. The answer to both travels with whatever is sent that way.
import type { Acknowledgement, FramePlace } from "./frame-format.ts";
import { windowBytes } from "./sent-frames.ts";

/** After so much news the sender is told at once rather than in a moment. */
const tellAtBytes: number = windowBytes / 4;
/** What waits longer for its actor is no longer counted: mailboxes bound it, and one slow actor must not hold up all others. */
const forgetAfterMs = 250;
/** As long as no more than this waits so, or one frame alone; what comes on top is counted until it has waited for very long. */
const maxForgottenBytes: number = 8 * windowBytes;
const forgetAllAfterMs = 10_000;
/** Missing frames are asked for again no sooner. */
const askAgainMs = 50;

export class Intake {
  readonly #onNews: () => void;
  #line = 0;
  #heard = 0;
  #handled = 0;
  #isMissing = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Since the sender was told last. */
  #news = 0;
  #isOwed = false;
  readonly #loads = new Set<Load>();
  /** What is neither handled nor counted. */
  #forgotten = 0;

  /** @param onNews is called when the sender should be told at once */
  constructor(onNews: () => void) {
    this.#onNews = onNews;
  }

  /** Whether the sender waits to be told something. */
  get isOwed(): boolean {
    return this.#isOwed;
  }

  /** Whether something has come that is not handled yet. */
  get isLoaded(): boolean {
    return this.#loads.size > 0;
  }

  /**
   * Takes the frame if it is the next of its line.
   * @returns what counts the handling of its messages; `undefined` for a frame that must not be handled (now)
   */
  take(place: FramePlace, count: number, bytes: number, now: number): Load | undefined {
    const { line, n, weight, isBare } = place;
    if (line < this.#line) return undefined;
    if (line > this.#line) this.#begin(line);
    if (isBare || n !== this.#heard + 1) {
      this.#notNext(place, now);
      return undefined;
    }
    this.#heard = n;
    this.#isMissing = false;
    this.#isOwed = true;
    const load = new Load(this, count, weight, now);
    if (count > 0) this.#loads.add(load);
    this.#count(bytes);
    return load;
  }

  /** The sender wants to know now. */
  owe(): void {
    this.#isOwed = true;
    this.#onNews();
  }

  /** For the next frame that is sent that way. */
  tell(): Acknowledgement {
    const told = { line: this.#line, heard: this.#heard, handled: this.#handled, isMissing: this.#isMissing };
    this.#isOwed = false;
    this.#isMissing = false;
    this.#news = 0;
    return told;
  }

  /** Forgets what waits for too long. */
  look(now: number): void {
    for (const load of this.#loads) {
      const waitedMs = now - load.since;
      const hasRoom = this.#forgotten === 0 || this.#forgotten + load.weight <= maxForgottenBytes;
      if (waitedMs < (hasRoom ? forgetAfterMs : forgetAllAfterMs)) return;
      this.#loads.delete(load);
      this.#forgotten += load.weight;
      load.forget();
    }
  }

  /** A load's own, that was forgotten: so much of it is handled at last. */
  remember(weight: number): void {
    this.#forgotten -= weight;
  }

  /** A load's own: so much of it is handled. */
  credit(load: Load, weight: number): void {
    if (load.left === 0) this.#loads.delete(load);
    if (load.line !== this.#line) return;
    this.#handled += weight;
    this.#isOwed = true;
    this.#count(weight);
  }

  get line(): number {
    return this.#line;
  }

  #begin(line: number): void {
    this.#line = line;
    this.#heard = this.#handled = 0;
    this.#isMissing = false;
    this.#loads.clear();
  }

  #notNext({ n, isBare }: FramePlace, now: number): void {
    const isGap = n > this.#heard;
    if (isGap && now - this.#askedAt >= askAgainMs) {
      this.#askedAt = now;
      this.#isMissing = true;
      this.owe();
    } else if (!isBare) this.#isOwed = true;
  }

  #count(bytes: number): void {
    const before = this.#news;
    this.#news += bytes;
    if (before < tellAtBytes && this.#news >= tellAtBytes) this.#onNews();
  }
}

/** The messages of one frame: each that is handled gives its share of the frame's weight back. */
export class Load {
  readonly line: number;
  readonly since: number;
  /** Messages that are not handled yet. */
  left: number;
  readonly #intake: Intake;
  readonly #share: number;
  #rest: number;
  #isForgotten = false;

  constructor(intake: Intake, count: number, weight: number, now: number) {
    this.#intake = intake;
    this.line = intake.line;
    this.since = now;
    this.left = count;
    this.#share = count === 0 ? 0 : Math.floor(weight / count);
    this.#rest = weight - this.#share * count;
    if (count === 0 && weight > 0) this.#give(0);
  }

  /** Of what is not handled yet. */
  get weight(): number {
    return this.left * this.#share;
  }

  /** To be called once for each message. */
  handled(): void {
    if (this.left === 0) return;
    this.left--;
    if (this.#isForgotten) this.#intake.remember(this.#share);
    else this.#give(this.#share);
  }

  forget(): void {
    this.#isForgotten = true;
    this.#give(this.weight);
  }

  #give(weight: number): void {
    const rest = this.#rest;
    this.#rest = 0;
    this.#intake.credit(this, weight + rest);
  }
}

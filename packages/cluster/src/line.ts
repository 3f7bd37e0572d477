// Frames both ways between two nodes, each once and in order: those that leave are kept until they have arrived, those
// that come are taken in their turn, and every frame tells what has come of the other direction.
import type { Acknowledgement, FrameContent, FrameHeader, FramePlace } from "./frame-format.ts";
import { encodeFrame } from "./frame-format.ts";
import type { Frame } from "./frame-reading.ts";
import { Intake, type Load } from "./intake.ts";
import type { Batch } from "./outbox.ts";
import type { Outgoing } from "./outgoing.ts";
import { type SentFrame, SentFrames } from "./sent-frames.ts";

export interface LineHost {
  /** For the next frame. */
  header(): FrameHeader;
  /** Lines are numbered, each anew in the life of this process. */
  nextLine(): number;
  /** @returns false when it cannot be sent now @throws what will never be sent */
  transmit(bytes: Uint8Array, n: number): boolean;
  takeDropped(): readonly number[];
  /** Its time was up, and it certainly did not arrive. */
  unwanted(message: Outgoing): void;
  /** The transport refuses the frame for good. */
  refused(messages: readonly Outgoing[], error: Error): void;
  /** There is something to send. */
  flushSoon(): void;
  /** The other node no longer knows what has come of this line. */
  lostTrack(): void;
}

const askAfterMs = 100;
const none: readonly never[] = [];
type Content = Pick<FrameContent, "messages" | "replies">;
const nothing: Content = { messages: none, replies: none };

export class Line {
  readonly #host: LineHost;
  readonly #sent: SentFrames;
  readonly #intake: Intake;
  /** When something last was acknowledged, or asked for. */
  #progressAt: number;
  /** What is under way should be sent again. */
  isRepeatDue = false;
  /** The other node is to be told what has come, with a frame of its own if no other leaves. */
  isTellDue = false;

  constructor(host: LineHost, now: number) {
    this.#host = host;
    this.#progressAt = now;
    this.#sent = new SentFrames(host.nextLine());
    this.#intake = new Intake(() => {
      this.isTellDue = true;
      host.flushSoon();
    });
  }

  /** Whether frames are under way. */
  get isUnderWay(): boolean {
    return this.#sent.count > 0;
  }

  /** Whether something has come that is not handled yet. */
  get isLoaded(): boolean {
    return this.#intake.isLoaded;
  }

  /** Whether the other node waits to be told what has come. */
  get isOwed(): boolean {
    return this.#intake.isOwed;
  }

  /** What may leave now: of messages, by weight, and of replies, by bytes. */
  get window(): number {
    return this.#sent.window;
  }

  get replyWindow(): number {
    return this.#sent.replyWindow;
  }

  /** @returns what counts the handling of its messages; `undefined` for a frame that must not be handled */
  received({ place, ack, isAsking, messages, bytes }: Frame, now: number): Load | undefined {
    this.#acknowledged(ack, now);
    const load = this.#intake.take(place, messages.length, bytes, now);
    if (isAsking) this.#intake.owe();
    return load;
  }

  /** Sends the batch, now or when what is under way is sent again. */
  send(batch: Batch, now: number): void {
    if (this.#sent.count === 0) this.#progressAt = now;
    this.#transmit(this.#sent.add(batch), now);
  }

  /** All that is under way, once more and in order. */
  repeat(now: number): void {
    this.isRepeatDue = false;
    this.#progressAt = now;
    for (const frame of this.#sent.unacknowledged()) {
      for (const expired of this.#sent.sweep(frame, now)) this.#host.unwanted(expired);
      if (!this.#transmit(frame, now)) return;
    }
  }

  /** Tells the other node what has come, with a frame for that alone. */
  tell(now: number): void {
    this.#transmitBare(false, now);
  }

  /** Asks what has come, where nothing was heard of it for long: a frame, or the news of one, was lost. */
  askIfLate(now: number): void {
    if (now - this.#progressAt < askAfterMs) return;
    this.#progressAt = now;
    this.#transmitBare(true, now);
  }

  metNobody(n: number): void {
    this.#sent.metNobody(n);
    this.isRepeatDue = true;
  }

  /** Forgets what waits to be handled for too long. */
  look(now: number): void {
    this.#intake.look(now);
  }

  /** Messages under way that certainly have not arrived. */
  unreceived(): Outgoing[] {
    return this.#sent.unreceived();
  }

  /** Begins anew; nothing is under way. */
  restart(): void {
    this.#sent.restart(this.#host.nextLine());
    this.isRepeatDue = false;
  }

  #acknowledged(ack: Acknowledgement, now: number): void {
    if (this.#sent.acknowledge(ack)) {
      this.#progressAt = now;
      this.#host.flushSoon();
    }
    if (!ack.isMissing) return;
    if (this.#sent.isForgotten(ack)) return this.#host.lostTrack();
    if (this.#sent.count === 0) return;
    this.isRepeatDue = true;
    this.#host.flushSoon();
  }

  /** What the transport refuses for good must not come again and again: it leaves an empty frame behind. */
  #transmit(frame: SentFrame, now: number): boolean {
    try {
      const bytes = this.#encode(this.#sent.placeOf(frame), frame, false, now);
      if (this.#host.transmit(bytes, frame.n)) frame.copies++;
      else this.isRepeatDue = true;
    } catch (error) {
      this.isRepeatDue = true;
      if (frame.messages.length + frame.replies.length > 0) this.#host.flushSoon();
      this.#host.refused(frame.messages, error as Error);
      frame.messages = frame.replies = none;
    }
    return !this.isRepeatDue;
  }

  #transmitBare(isAsking: boolean, now: number): void {
    this.#host.transmit(this.#encode(this.#sent.barePlace(), nothing, isAsking, now), 0);
  }

  #encode(place: FramePlace, { messages, replies }: Content, isAsking: boolean, now: number): Uint8Array {
    this.isTellDue = false;
    const dropped = this.#host.takeDropped();
    const content: FrameContent = { place, ack: this.#intake.tell(), isAsking, messages, replies, dropped };
    return encodeFrame(this.#host.header(), content, now);
  }
}

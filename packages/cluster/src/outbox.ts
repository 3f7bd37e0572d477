// What waits to be sent to one node, and the frames on their way: what is ready together leaves in one frame, as much as
// fits. A frame that provably met nobody is put back, in order, so that nothing of it is lost or sent twice.
import type { Envelope } from "@aether/actor";
import { type FrameContent, withTime } from "./frame-format.ts";

export interface Message {
  /** With its arguments as they were when it was sent. */
  readonly envelope: Envelope;
  /** The sender's number for the answer; numbers grow. */
  readonly n: number;
  readonly text: string;
  readonly bytes: number;
  isQueued: boolean;
}

export interface OutgoingFrame {
  /** The frame's own number; 0 when there is nothing to send but expired messages. */
  readonly n: number;
  readonly content: FrameContent;
  /** Taken from the queue with it. */
  readonly messages: readonly Message[];
}

interface SentFrame {
  readonly n: number;
  readonly at: number;
  readonly messages: readonly Message[];
  readonly replies: readonly string[];
}

/** For the frame's own members. */
export const frameRoom = 512;
const maxDroppedAtOnce = 1_000;
/** How long the news that a frame met nobody may take. */
const keepSentMs = 1_000;

export class Outbox {
  #queue: Message[] = [];
  #replies: string[] = [];
  #dropped: number[] = [];
  #isAgainDue = false;
  #sent: SentFrame[] = [];
  #lastFrame = 0;

  /** Messages that wait. */
  get queue(): readonly Message[] {
    return this.#queue;
  }

  get isEmpty(): boolean {
    return this.#queue.length + this.#replies.length + this.#dropped.length === 0 && !this.#isAgainDue;
  }

  add(message: Message): void {
    message.isQueued = true;
    this.#queue.push(message);
  }

  reply(reply: string): void {
    this.#replies.push(reply);
  }

  /** The asks that nobody waits for any more. */
  drop(n: number): void {
    this.#dropped.push(n);
  }

  /** Asks the other node to send again what may be lost. */
  askAgain(): void {
    this.#isAgainDue = true;
  }

  forgetReplies(): void {
    this.#replies = [];
  }

  /** The next frame, which stays in here until `left`; what nobody waits for any more is not in its content. */
  next(now: number, maxFrameBytes: number): OutgoingFrame {
    const dropped = this.#dropped.slice(0, maxDroppedAtOnce);
    let room = maxFrameBytes - frameRoom - dropped.join().length;
    const replies: string[] = [];
    for (const reply of this.#replies) {
      room -= Buffer.byteLength(reply) + 1;
      if (room < 0 && replies.length > 0) break;
      replies.push(reply);
    }
    const texts: string[] = [];
    let count = 0;
    for (const message of this.#queue) {
      const isWorth = isWanted(message, now);
      room -= isWorth ? message.bytes + 1 : 0;
      if (room < 0 && texts.length + replies.length > 0) break;
      count++;
      if (isWorth) texts.push(withTime(message.text, message.envelope.deadline - now));
    }
    const content = { messages: texts, replies, dropped, again: this.#isAgainDue };
    const hasContent = texts.length + replies.length + dropped.length > 0 || content.again;
    return { n: hasContent ? this.#lastFrame + 1 : 0, content, messages: this.#queue.slice(0, count) };
  }

  /** The frame is on its way. */
  left({ n, content, messages }: OutgoingFrame, now: number): void {
    this.#queue = this.#queue.slice(messages.length);
    for (const message of messages) message.isQueued = false;
    const replies = this.#replies.splice(0, content.replies.length);
    this.#dropped.splice(0, content.dropped.length);
    this.#isAgainDue = false;
    const kept = this.#sent.findIndex(({ at }) => now - at < keepSentMs);
    this.#sent.splice(0, kept === -1 ? this.#sent.length : kept);
    if (n === 0) return;
    this.#lastFrame = n;
    this.#sent.push({ n, at: now, messages: messages.filter((message) => isWanted(message, now)), replies });
  }

  /** The frame met nobody: what was in it waits again. False when it is no longer known. */
  takeBack(n: number): boolean {
    const at = this.#sent.findIndex((frame) => frame.n === n);
    const lost = this.#sent[at];
    if (lost === undefined) return false;
    this.#sent.splice(at, 1);
    for (const message of lost.messages) message.isQueued = true;
    this.#queue = [...new Set([...lost.messages, ...this.#queue])].toSorted((a, b) => a.n - b.n);
    this.#replies = [...lost.replies, ...this.#replies];
    return true;
  }
}

function isWanted({ envelope }: Message, now: number): boolean {
  return envelope.reply?.isSettled !== true && now < envelope.deadline;
}

// What waits to be sent to one node: messages, replies, and the asks that nobody waits for any more. Bounded by count and
// by bytes. What is ready together leaves together, as much as fits into a frame and into the window.
import type { Outgoing } from "./outgoing.ts";
import { sizeOf } from "./outgoing.ts";

export interface Reply {
  readonly text: string;
  readonly bytes: number;
}

/** What becomes one frame. */
export interface Batch {
  readonly messages: readonly Outgoing[];
  readonly weight: number;
  readonly replies: readonly Reply[];
  readonly replyBytes: number;
}

/** How much may leave now. */
export interface Room {
  /** Of one frame that holds more than one message or reply. */
  readonly frameBytes: number;
  /** Of messages, by weight, and of replies, by bytes; one goes in any case where nothing is under way. */
  readonly window: number;
  readonly replyWindow: number;
}

/** For the frame's own members. */
export const frameRoom = 512;
export const maxQueued = 16_384;
export const maxQueuedBytes: number = 64 * 1_024 * 1_024;
const maxReplyBytes = 64 * 1_024 * 1_024;
const maxDropped = 16_384;
const maxDroppedAtOnce = 1_000;
const replyObjectBytes = 64;

export class Outbox {
  #queue: Outgoing[] = [];
  /** Those before it have left. */
  #head = 0;
  #queuedBytes = 0;
  #replies: Reply[] = [];
  #replyBytes = 0;
  #dropped: number[] = [];

  get length(): number {
    return this.#queue.length - this.#head;
  }

  get isFull(): boolean {
    return this.length >= maxQueued || this.#queuedBytes >= maxQueuedBytes;
  }

  get isEmpty(): boolean {
    return this.length + this.#replies.length + this.#dropped.length === 0;
  }

  get hasDropped(): boolean {
    return this.#dropped.length > 0;
  }

  add(message: Outgoing): void {
    message.isQueued = true;
    this.#queuedBytes += message.weight;
    this.#queue.push(message);
  }

  /** Puts messages among those that wait, in order of their numbers. */
  putBack(messages: readonly Outgoing[]): void {
    if (messages.length === 0) return;
    for (const message of messages) this.add(message);
    this.#queue = this.messages().toSorted((a, b) => a.n - b.n);
    this.#head = 0;
  }

  /** An answer for which there is no room is lost: its ask ends by its deadline, and one with an id is asked again. */
  reply(text: string): void {
    const bytes = sizeOf(text) + replyObjectBytes;
    if (this.#replyBytes + bytes > maxReplyBytes) return;
    this.#replyBytes += bytes;
    this.#replies.push({ text, bytes });
  }

  /** The asks that nobody waits for any more; whoever is not told drops them by their deadlines. */
  drop(n: number): void {
    if (this.#dropped.length < maxDropped) this.#dropped.push(n);
  }

  takeDropped(): number[] {
    return this.#dropped.length === 0 ? this.#dropped : this.#dropped.splice(0, maxDroppedAtOnce);
  }

  forgetReplies(): void {
    this.#replies = [];
    this.#replyBytes = 0;
  }

  /** Messages that wait, in order. */
  messages(): Outgoing[] {
    return this.#queue.slice(this.#head);
  }

  /** Takes out what nobody wants any more. */
  sweep(now: number): Outgoing[] {
    const all = this.messages();
    const unwanted = all.filter((message) => !message.isWanted(now));
    if (unwanted.length > 0) this.#replace(all.filter((message) => message.isWanted(now)));
    for (const message of unwanted) message.isQueued = false;
    return unwanted;
  }

  /**
   * What goes into the next frame; `undefined` where there is nothing, or no room.
   * @param onUnwanted gets the messages whose time was up
   */
  take(now: number, room: Room, onUnwanted: (message: Outgoing) => void): Batch | undefined {
    const replies = this.#takeReplies(room);
    const replyBytes = replies.reduce((sum, { bytes }) => sum + bytes, 0);
    const messages: Outgoing[] = [];
    let left = room.frameBytes - frameRoom - replyBytes;
    let weight = 0;
    for (let next = this.#queue[this.#head]; next !== undefined; next = this.#queue[this.#head]) {
      if (next.isWanted(now)) {
        const isFirst = messages.length === 0;
        if (next.bytes > left && !(isFirst && replies.length === 0)) break;
        if (weight + next.weight > room.window) break;
        left -= next.bytes;
        weight += next.weight;
        messages.push(next);
      } else onUnwanted(next);
      next.isQueued = false;
      this.#queuedBytes -= next.weight;
      this.#head++;
    }
    this.#compact();
    return messages.length + replies.length === 0 ? undefined : { messages, weight, replies, replyBytes };
  }

  #takeReplies({ frameBytes, replyWindow }: Room): Reply[] {
    let left = Math.min(frameBytes - frameRoom, replyWindow);
    let count = 0;
    for (const { bytes } of this.#replies) {
      left -= bytes;
      if (left < 0 && !(count === 0 && bytes <= replyWindow)) break;
      count++;
    }
    if (count === 0) return [];
    const taken = this.#replies;
    this.#replies = taken.splice(count);
    for (const { bytes } of taken) this.#replyBytes -= bytes;
    return taken;
  }

  #replace(messages: Outgoing[]): void {
    this.#queue = messages;
    this.#head = 0;
    this.#queuedBytes = messages.reduce((sum, { weight }) => sum + weight, 0);
  }

  #compact(): void {
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head >= 4_096) {
      this.#queue = this.messages();
      this.#head = 0;
    }
  }
}

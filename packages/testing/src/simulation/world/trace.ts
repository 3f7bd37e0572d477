// What happened, as a story that can be read, and as one number that says whether two runs were the same.
import type { Timeline } from "./timeline.ts";

export class Trace {
  readonly lines: string[] = [];
  readonly #timeline: Timeline;
  readonly #keepsLines: boolean;
  #high = 0x811c9dc5;
  #low = 0x1234567;

  constructor(timeline: Timeline, keepsLines: boolean) {
    this.#timeline = timeline;
    this.#keepsLines = keepsLines;
  }

  /** A line of the story. */
  tell(who: string, what: string): void {
    const line = `${(this.#timeline.now / 1_000).toFixed(4).padStart(9)} ${who.padEnd(6)} ${what}`;
    if (this.#keepsLines) this.lines.push(line);
    for (let i = 0; i < line.length; i++) this.mix(line.charCodeAt(i));
  }

  /** Part of the number, not of the story. */
  mix(value: number): void {
    this.#high = Math.imul(this.#high ^ value, 0x01000193);
    this.#low = Math.imul(this.#low + value, 0x85ebca6b) ^ (this.#low >>> 13);
  }

  bytes(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.mix(bytes[i] as number);
  }

  get hash(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

// A list of texts on its way into a commit, with commas between. A short one stays text, which V8 puts together when it is
// written. A longer one becomes bytes piece by piece, each while it is still in the processor's cache: at the commit it would
// have to be fetched again, and all that waits as text is work for the garbage collector until then.
import { giveSpare, takeSpare } from "./spare-bytes.ts";

const pieceLength = 4_096;
const maxBytesEach = 3;
const leastCapacity = 16_384;

export class TextRun {
  /** What is not bytes yet. */
  #text: string;
  #bytes: Buffer | undefined;
  #end = 0;

  constructor(text: string = "") {
    this.#text = text;
  }

  /** All of it, if it is short; else `undefined`. */
  get text(): string | undefined {
    return this.#bytes === undefined ? this.#text : undefined;
  }

  /** What it takes in UTF-8, at most. */
  get maxBytes(): number {
    return this.#end + this.#text.length * maxBytesEach;
  }

  add(text: string): void {
    this.#text = this.#text === "" && this.#end === 0 ? text : `${this.#text},${text}`;
    if (this.#text.length >= pieceLength) this.#write();
  }

  /** Ends it, and gives its memory back. @returns where it ends in `target` */
  moveTo(target: Buffer, start: number): number {
    let end = start;
    if (this.#bytes !== undefined) {
      end += this.#bytes.copy(target, start, 0, this.#end);
      giveSpare(this.#bytes);
      this.#bytes = undefined;
    }
    return end + target.write(this.#text, end);
  }

  #write(): void {
    const bytes = this.#withRoom(this.#text.length * maxBytesEach);
    this.#end += bytes.write(this.#text, this.#end);
    this.#bytes = bytes;
    this.#text = "";
  }

  #withRoom(more: number): Buffer {
    const before = this.#bytes;
    const needed = this.#end + more;
    if (before !== undefined && needed <= before.length) return before;
    const larger = takeSpare(Math.max(needed, 2 * this.#end, leastCapacity));
    if (before !== undefined) {
      before.copy(larger, 0, 0, this.#end);
      giveSpare(before);
    }
    return larger;
  }
}

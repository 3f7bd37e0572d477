// Byte strings one behind the other in one buffer that grows, so that many of them move between threads as one.

const nothing = Buffer.allocUnsafeSlow(0);
const maxBytesEach = 3;

export class PackedBytes {
  readonly sizes: number[] = [];
  readonly #capacity: number;
  /** Made with the first byte: many messages have none, and to move an empty one costs as much as a full one. */
  #buffer: Buffer<ArrayBuffer> = nothing;
  #end = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#end;
  }

  /** A text goes in as UTF-8. */
  add(content: Uint8Array | string): void {
    this.#makeRoom(typeof content === "string" ? content.length * maxBytesEach : content.length);
    const start = this.#end;
    if (typeof content === "string") this.#end += this.#buffer.write(content, start);
    else {
      this.#buffer.set(content, start);
      this.#end += content.length;
    }
    this.sizes.push(this.#end - start);
  }

  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.buffer, 0, this.#end);
  }

  #makeRoom(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length, this.#capacity));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}

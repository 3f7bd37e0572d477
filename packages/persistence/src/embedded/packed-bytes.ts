// Byte strings one behind the other in one buffer that grows, so that many of them move between threads as one.

const nothing = new Uint8Array(0);

export class PackedBytes {
  readonly sizes: number[] = [];
  readonly #capacity: number;
  /** Made with the first byte: many messages have none, and to move an empty one costs as much as a full one. */
  #buffer: Uint8Array<ArrayBuffer> = nothing;
  #end = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#end;
  }

  add(bytes: Uint8Array): void {
    const end = this.#end + bytes.length;
    if (end > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#buffer.length, this.#capacity));
      larger.set(this.#buffer.subarray(0, this.#end));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#end);
    this.#end = end;
    this.sizes.push(bytes.length);
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#end);
  }
}

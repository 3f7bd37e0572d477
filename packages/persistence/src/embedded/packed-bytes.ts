// Byte strings one behind the other in one buffer that grows, so that many of them move between threads as one.

export class PackedBytes {
  readonly sizes: number[] = [];
  #buffer: Uint8Array<ArrayBuffer>;
  #end = 0;

  constructor(capacity: number) {
    this.#buffer = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#end;
  }

  add(bytes: Uint8Array): void {
    const end = this.#end + bytes.length;
    if (end > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#buffer.length));
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

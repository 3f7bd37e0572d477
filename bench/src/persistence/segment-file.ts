// The physical reference of the embedded store: one file that grows, all that waits in one write, flushed before anybody is
// told. No index, no fence, no checks.
import { type FileHandle, open } from "node:fs/promises";

export class SegmentFile {
  readonly #file: FileHandle;
  #waiting: Uint8Array[] = [];
  #told: (() => void)[] = [];
  #isWriting = false;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<SegmentFile> {
    return new SegmentFile(await open(path, "a"));
  }

  append(bytes: Uint8Array): Promise<void> {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, bytes.length);
    this.#waiting.push(length, bytes);
    return new Promise((resolve) => {
      this.#told.push(resolve);
      if (this.#isWriting) return;
      this.#isWriting = true;
      queueMicrotask(() => void this.#write());
    });
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const [waiting, told] = [this.#waiting, this.#told];
      [this.#waiting, this.#told] = [[], []];
      await this.#file.writev(waiting);
      await this.#file.datasync();
      for (const tell of told) tell();
    }
    this.#isWriting = false;
  }
}

// What goes to the worker. All calls of one turn of the event loop are one message: columns instead of objects, and one
// buffer for all bytes, which moves instead of being copied.
import { PackedBytes } from "./packed-bytes.ts";

export const requestKinds = {
  append: 0,
  save: 1,
  truncate: 2,
  head: 3,
  read: 4,
  load: 5,
  list: 6,
  close: 7,
} as const;
export type RequestKind = (typeof requestKinds)[keyof typeof requestKinds];

/** One call. What `from` and `to` are depends on the kind. */
export interface Request {
  readonly id: number;
  readonly kind: RequestKind;
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

const leastCapacity = 1_024;

export interface RequestMessage {
  readonly ids: readonly number[];
  readonly kinds: readonly RequestKind[];
  readonly keys: readonly string[];
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly sizes: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export class Requests {
  readonly #ids: number[] = [];
  readonly #kinds: RequestKind[] = [];
  readonly #keys: string[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #bytes: PackedBytes;

  /** @param capacity bytes that are likely to come */
  constructor(capacity: number) {
    this.#bytes = new PackedBytes(Math.max(leastCapacity, capacity));
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  add(id: number, { kind, key, from, to, bytes }: Omit<Request, "id">): void {
    this.#ids.push(id);
    this.#kinds.push(kind);
    this.#keys.push(key);
    this.#from.push(from);
    this.#to.push(to);
    this.#bytes.add(bytes);
  }

  toMessage(): RequestMessage {
    const bytes = this.#bytes.take();
    return {
      ids: this.#ids,
      kinds: this.#kinds,
      keys: this.#keys,
      from: this.#from,
      to: this.#to,
      sizes: this.#bytes.sizes,
      bytes,
    };
  }
}

export function* requestsOf(message: RequestMessage): Iterable<Request> {
  let start = 0;
  for (const [i, id] of message.ids.entries()) {
    const size = message.sizes[i] as number;
    yield {
      id,
      kind: message.kinds[i] as RequestKind,
      key: message.keys[i] as string,
      from: message.from[i] as number,
      to: message.to[i] as number,
      bytes: message.bytes.subarray(start, start + size),
    };
    start += size;
  }
}

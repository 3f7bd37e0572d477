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

/** Whether it can be answered without the disk being flushed. */
export function isRead({ kind }: Pick<Request, "kind">): boolean {
  return kind >= requestKinds.head && kind !== requestKinds.close;
}

const leastCapacity = 1_024;

export interface RequestMessage {
  readonly keys: readonly string[];
  /** Of each request: id, kind, from, to, size. Typed, since V8 writes and reads the numbers of a list one by one. */
  readonly numbers: Float64Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const numbersEach = 5;

export class Requests {
  readonly #keys: string[] = [];
  readonly #numbers: number[] = [];
  readonly #bytes: PackedBytes;

  /** @param capacity bytes that are likely to come */
  constructor(capacity: number) {
    this.#bytes = new PackedBytes(Math.max(leastCapacity, capacity));
  }

  get length(): number {
    return this.#keys.length;
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  add(id: number, { kind, key, from, to, bytes }: Omit<Request, "id">): void {
    this.#keys.push(key);
    this.#numbers.push(id, kind, from, to, bytes.length);
    this.#bytes.add(bytes);
  }

  toMessage(): RequestMessage {
    return { keys: this.#keys, numbers: new Float64Array(this.#numbers), bytes: this.#bytes.take() };
  }
}

export function requestsOf({ keys, numbers, bytes }: RequestMessage): Request[] {
  let start = 0;
  return keys.map((key, i) => {
    const at = i * numbersEach;
    const end = start + (numbers[at + 4] as number);
    const request: Request = {
      id: numbers[at] as number,
      kind: numbers[at + 1] as RequestKind,
      key,
      from: numbers[at + 2] as number,
      to: numbers[at + 3] as number,
      bytes: bytes.subarray(start, end),
    };
    start = end;
    return request;
  });
}

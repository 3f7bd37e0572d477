// Large buffers that are used again: the memory of a new one comes page by page from the operating system, which takes longer
// than to fill it, and V8 collects garbage for what lies outside of its heap.

const maxSpare = 4;
const maxSpareBytes = 4 * 1_048_576;
const spare: Buffer[] = [];

export function takeSpare(leastBytes: number): Buffer {
  const found = spare.pop();
  return found !== undefined && found.length >= leastBytes ? found : Buffer.allocUnsafeSlow(leastBytes);
}

/** @param bytes nobody reads or writes any more */
export function giveSpare(bytes: Buffer): void {
  if (spare.length < maxSpare && bytes.length <= maxSpareBytes) spare.push(bytes);
}

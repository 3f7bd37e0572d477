// The running checksum of SQLite's write-ahead log and of its index.

/** Two words of 32 bits. */
export type WordSums = readonly [number, number];

/** @param bytes a multiple of 8 @param isHighFirst order of the bytes in a word */
export function wordSums(bytes: Buffer, [first, second]: WordSums, isHighFirst: boolean): WordSums {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [a, b] = [first, second];
  for (let i = 0; i < bytes.length; i += 8) {
    a = (a + view.getUint32(i, !isHighFirst) + b) >>> 0;
    b = (b + view.getUint32(i + 4, !isHighFirst) + a) >>> 0;
  }
  return [a, b];
}

// Reads SQLite's index of the write-ahead log (the `-shm` file): it names the last frame of a finished transaction, and is
// written once that was flushed. So a log that ends before it has lost what was acknowledged. The index itself is never
// flushed: after a power cut it may be old or missing, and then it says nothing.
import { existsSync, readFileSync } from "node:fs";
import { endianness } from "node:os";
import { wordSums } from "./word-sums.ts";

const headerBytes = 48;
/** Of these stands the checksum behind them. */
const summedBytes = 40;
const knownVersion = 3_007_000;

/** The log that it is about, and how far that goes. */
export interface WalIndex {
  /** The log's own, 8 bytes. */
  readonly salt: Buffer;
  /** From 1; 0 where the log has no finished transaction. */
  readonly lastFrame: number;
}

/** @returns `undefined` when there is none that is whole: it is in two copies, written one after the other */
export function readWalIndex(dataFile: string): WalIndex | undefined {
  const path = `${dataFile}-shm`;
  if (endianness() !== "LE" || !existsSync(path)) return undefined;
  const index = readFileSync(path);
  if (index.length < 2 * headerBytes) return undefined;
  const [first, second] = [index.subarray(0, headerBytes), index.subarray(headerBytes, 2 * headerBytes)];
  const isInUse = first.readUInt32LE(0) === knownVersion && first.readUInt8(12) === 1;
  if (!isInUse || !first.equals(second)) return undefined;
  const [a, b] = wordSums(first.subarray(0, summedBytes), [0, 0], false);
  if (first.readUInt32LE(summedBytes) !== a || first.readUInt32LE(summedBytes + 4) !== b) return undefined;
  return { salt: first.subarray(32, summedBytes), lastFrame: first.readUInt32LE(16) };
}

// Looks at SQLite's write-ahead log before SQLite does, which takes the first frame that is not right for the end of the log
// and forgets what is behind it. A power cut leaves such a frame in the last transaction only, which nobody was told of: each
// was flushed before the next began. Invariant: a log with a transaction behind a broken one is never opened in silence, nor
// one that ends before what its index says was flushed.
import { existsSync, readFileSync } from "node:fs";
import { readWalIndex } from "./wal-index.ts";
import { wordSums, type WordSums } from "./word-sums.ts";

const headerBytes = 32;
const frameHeaderBytes = 24;
/** Of checksums: with the lowest bit of the first word set, they are over words with the high byte first. */
const magic = 0x377f0682;

/** The log says by itself that it is damaged. */
export class DamagedLog extends Error {}

/** @param dataFile beside which the log lies @throws DamagedLog */
export function checkWriteAheadLog(dataFile: string): void {
  const path = `${dataFile}-wal`;
  if (!existsSync(path)) return;
  const log = readFileSync(path);
  if (log.length <= headerBytes || !log.some((byte) => byte !== 0)) return; // made, and not yet written
  const first = log.readUInt32BE(0);
  const isHighFirst = (first & 1) === 1;
  const sums = wordSums(log.subarray(0, frameHeaderBytes), [0, 0], isHighFirst);
  if (first >>> 1 !== magic >>> 1 || !stands(log, frameHeaderBytes, sums)) {
    throw new DamagedLog(`${path} is damaged in its header`);
  }
  const broken = firstBroken(log, sums, isHighFirst);
  if (broken !== undefined && hasTransactionBehind(log, broken)) {
    throw new DamagedLog(`${path} is damaged at byte ${broken}, and transactions stand behind it`);
  }
  const whole = Math.floor(((broken ?? log.length) - headerBytes) / frameBytesOf(log));
  const missing = flushedFrames(dataFile, log) - whole;
  if (missing > 0) {
    throw new DamagedLog(`${path} is damaged at its end: it lacks the last ${missing} pages that were flushed`);
  }
}

/** As far as the index knows; it may be about another round of the log. */
function flushedFrames(dataFile: string, log: Buffer): number {
  const index = readWalIndex(dataFile);
  return index !== undefined && index.salt.equals(log.subarray(16, 24)) ? index.lastFrame : 0;
}

/** Where the first frame is that belongs to this log and is not right. */
function firstBroken(log: Buffer, header: WordSums, isHighFirst: boolean): number | undefined {
  const size = frameBytesOf(log);
  let sums = header;
  for (let at = headerBytes; at + size <= log.length; at += size) {
    sums = wordSums(log.subarray(at, at + 8), sums, isHighFirst);
    sums = wordSums(log.subarray(at + frameHeaderBytes, at + size), sums, isHighFirst);
    if (!belongs(log, at) || !stands(log, at + 16, sums)) return at;
  }
  return undefined;
}

/** Whether a frame of this log stands behind the end of the transaction that the broken one is in. */
function hasTransactionBehind(log: Buffer, broken: number): boolean {
  const size = frameBytesOf(log);
  let hasEnded = false;
  for (let at = broken; at + size <= log.length; at += size) {
    if (!belongs(log, at)) continue;
    if (hasEnded) return true;
    hasEnded = log.readUInt32BE(at + 4) !== 0;
  }
  return false;
}

function frameBytesOf(log: Buffer): number {
  return frameHeaderBytes + log.readUInt32BE(8);
}

/** What an earlier round of the log left behind has another salt. */
function belongs(log: Buffer, frame: number): boolean {
  return log.compare(log, 16, 24, frame + 8, frame + 16) === 0;
}

function stands(log: Buffer, at: number, [first, second]: WordSums): boolean {
  return log.readUInt32BE(at) === first && log.readUInt32BE(at + 4) === second;
}

// Looks at SQLite's write-ahead log before SQLite does, which takes the first frame that is not right for the end of the log
// and forgets what is behind it. A power cut leaves such a frame in the last transaction only, which nobody was told of: each
// was flushed before the next began. Invariant: a log with a transaction behind a broken one is never opened in silence.
import { existsSync, readFileSync } from "node:fs";

const headerBytes = 32;
const frameHeaderBytes = 24;
/** Of checksums: with the lowest bit of the first word set, they are over words with the high byte first. */
const magic = 0x377f0682;

type Sums = readonly [number, number];

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
  const sums = sumsOf(log.subarray(0, frameHeaderBytes), [0, 0], isHighFirst);
  if (first >>> 1 !== magic >>> 1 || !stands(log, frameHeaderBytes, sums)) {
    throw new DamagedLog(`${path} is damaged in its header`);
  }
  const broken = firstBroken(log, sums, isHighFirst);
  if (broken !== undefined && hasTransactionBehind(log, broken)) {
    throw new DamagedLog(`${path} is damaged at byte ${broken}, and transactions stand behind it`);
  }
}

/** Where the first frame is that belongs to this log and is not right. */
function firstBroken(log: Buffer, header: Sums, isHighFirst: boolean): number | undefined {
  const size = frameBytesOf(log);
  let sums = header;
  for (let at = headerBytes; at + size <= log.length; at += size) {
    sums = sumsOf(log.subarray(at, at + 8), sums, isHighFirst);
    sums = sumsOf(log.subarray(at + frameHeaderBytes, at + size), sums, isHighFirst);
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

function stands(log: Buffer, at: number, [first, second]: Sums): boolean {
  return log.readUInt32BE(at) === first && log.readUInt32BE(at + 4) === second;
}

function sumsOf(bytes: Buffer, [first, second]: Sums, isHighFirst: boolean): Sums {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [a, b] = [first, second];
  for (let i = 0; i < bytes.length; i += 8) {
    a = (a + view.getUint32(i, !isHighFirst) + b) >>> 0;
    b = (b + view.getUint32(i + 4, !isHighFirst) + a) >>> 0;
  }
  return [a, b];
}

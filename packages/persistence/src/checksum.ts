// Text that proves itself: a JSON object whose last member is the CRC-32 of all bytes before it. It stays readable with
// any tool, and one flipped bit is noticed.
import { crc32 } from "node:zlib";
import type { TextRun } from "./text-run.ts";

const mark = ',"checksum":"';
const end = '"}';
const sumLength = 8;
const markBytes = Buffer.from(mark);
const endBytes = Buffer.from(end);
const digitBytes = Buffer.from("0123456789abcdef");
const tailLength = mark.length + sumLength + end.length;

const maxBytesEach = 3;
/** Longer texts get memory of their own. */
const shortLength = 8_192;
/** Where short ones stay, one behind the other; it is replaced when it is full, or when somebody has moved it to a thread. */
const poolBytes = 65_536;
let pool = Buffer.allocUnsafeSlow(poolBytes);
let poolEnd = 0;

/** @param json an object with at least one member */
export function sealJson(json: string): Uint8Array {
  return seal(json.slice(0, -1));
}

/** @param text that of an object with at least one member, without its closing brace */
export function seal(text: string): Uint8Array {
  if (text.length > shortLength) return sealLong(text);
  if (poolEnd + text.length * maxBytesEach + tailLength > pool.length) {
    pool = Buffer.allocUnsafeSlow(poolBytes);
    poolEnd = 0;
  }
  const start = poolEnd;
  const sealed = sealAt(pool, start, start + pool.write(text, start));
  poolEnd += sealed.length;
  return sealed;
}

function sealLong(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text) + tailLength);
  return sealAt(bytes, 0, bytes.write(text));
}

/** @param pieces of a text as `seal` takes it; runs among them end here */
export function sealRuns(...pieces: readonly (string | TextRun)[]): Uint8Array {
  let room = tailLength;
  for (const piece of pieces) room += typeof piece === "string" ? piece.length * maxBytesEach : piece.maxBytes;
  const bytes = Buffer.allocUnsafeSlow(room);
  let end = 0;
  for (const piece of pieces)
    end = typeof piece === "string" ? end + bytes.write(piece, end) : piece.moveTo(bytes, end);
  return sealAt(bytes, 0, end);
}

/** What stands from `start` to `bodyEnd`, with its checksum behind it. */
function sealAt(bytes: Buffer, start: number, bodyEnd: number): Uint8Array {
  // A plain view: one of a `Buffer` takes longer than a short text's checksum should.
  const sum = crc32(new Uint8Array(bytes.buffer, bytes.byteOffset + start, bodyEnd - start));
  let at = bodyEnd;
  for (let i = 0; i < markBytes.length; i++) bytes[at++] = markBytes[i] as number;
  for (let shift = 28; shift >= 0; shift -= 4) bytes[at++] = digitBytes[(sum >>> shift) & 0xf] as number;
  for (let i = 0; i < endBytes.length; i++) bytes[at++] = endBytes[i] as number;
  return bytes.subarray(start, at);
}

/** @throws SyntaxError saying what is wrong: no checksum, a wrong one, or no JSON. */
export function openJson(bytes: Uint8Array): unknown {
  const bodyEnd = bytes.length - tailLength;
  if (bodyEnd < 0 || !hasAt(bytes, bodyEnd, markBytes) || !hasAt(bytes, bytes.length - end.length, endBytes)) {
    throw new SyntaxError("it does not end with a checksum");
  }
  const { buffer, byteOffset, length } = bytes;
  const isSame = crc32(new Uint8Array(buffer, byteOffset, bodyEnd)) === hexAt(bytes, bodyEnd + mark.length);
  if (!isSame) throw new SyntaxError("its checksum does not match");
  return JSON.parse((bytes instanceof Buffer ? bytes : Buffer.from(buffer, byteOffset, length)).toString());
}

function hasAt(bytes: Uint8Array, start: number, part: Uint8Array): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[start + i] !== part[i]) return false;
  return true;
}

/** Eight digits as `sealAt` writes them; `NaN` if one of them is none. */
function hexAt(bytes: Uint8Array, start: number): number {
  let number = 0;
  for (let i = start; i < start + sumLength; i++) {
    const unit = bytes[i] as number;
    const isDigit = unit >= 0x30 && unit <= 0x39;
    const isLetter = unit >= 0x61 && unit <= 0x66;
    number = number * 16 + (isDigit ? unit - 0x30 : isLetter ? unit - 0x61 + 10 : Number.NaN);
  }
  return number;
}

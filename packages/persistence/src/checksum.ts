// Text that proves itself: a JSON object whose last member is the CRC-32 of all bytes before it. It stays readable with
// any tool, and one flipped bit is noticed.
import { crc32 } from "node:zlib";

const mark = ',"checksum":"';
const end = '"}';
const sumLength = 8;
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
  if (text.length > shortLength) return sealLong([text]);
  if (poolEnd + text.length * maxBytesEach + tailLength > pool.length) {
    pool = Buffer.allocUnsafeSlow(poolBytes);
    poolEnd = 0;
  }
  const start = poolEnd;
  poolEnd += pool.write(text, start);
  poolEnd += pool.write(sealOf(pool.subarray(start, poolEnd)), poolEnd, "latin1");
  return pool.subarray(start, poolEnd);
}

/** @param pieces of a text as `seal` takes it */
export function sealLong(pieces: readonly string[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  const bytes = Buffer.allocUnsafeSlow(length + tailLength);
  let end = 0;
  for (const piece of pieces) end += bytes.write(piece, end);
  bytes.write(sealOf(bytes.subarray(0, end)), end, "latin1");
  return bytes;
}

function sealOf(body: Uint8Array): string {
  return `${mark}${crc32(body).toString(16).padStart(sumLength, "0")}${end}`;
}

/** @throws SyntaxError saying what is wrong: no checksum, a wrong one, or no JSON. */
export function openJson(bytes: Uint8Array): unknown {
  const isBuffer = bytes instanceof Buffer;
  const buffer = isBuffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString();
  const tail = text.length - tailLength;
  if (tail < 0 || !text.startsWith(mark, tail) || !text.endsWith(end)) {
    throw new SyntaxError("it does not end with a checksum");
  }
  const sum = text.slice(tail + mark.length, -end.length);
  const isSame = crc32(buffer.subarray(0, -tailLength)) === Number(`0x${sum}`) && sum === sum.toLowerCase();
  if (!isSame) throw new SyntaxError("its checksum does not match");
  return JSON.parse(text);
}

// Text that proves itself: a JSON object whose last member is the CRC-32 of all bytes before it. It stays readable with
// any tool, and one flipped bit is noticed.
import { crc32 } from "node:zlib";

const mark = ',"checksum":"';
const end = '"}';
const sumLength = 8;
const tailLength = mark.length + sumLength + end.length;

/** @param json an object with at least one member */
export function sealJson(json: string): Uint8Array {
  const text = new SealedText();
  text.add(json.slice(0, -1));
  return text.seal();
}

const pieceLength = 8_192;
const maxBytesEach = 3;

/**
 * Where long texts are put together, one at a time and without a pause: fresh memory for each would cost more than the
 * rest. What a very long one needed is given back.
 */
let scratch = Buffer.allocUnsafeSlow(65_536);
const maxScratchBytes = 4 * 1_048_576;
/** Where short ones stay, one behind the other; it is replaced when it is full. */
const poolBytes = 65_536;
let pool = Buffer.allocUnsafeSlow(poolBytes);
let poolEnd = 0;

/** An object's text, given in pieces that end between two tokens; the closing brace is the seal's. Add all and seal at once. */
export class SealedText {
  #piece = "";
  #length = 0;

  add(text: string): void {
    this.#piece += text;
    if (this.#piece.length >= pieceLength) this.#write();
  }

  seal(): Uint8Array {
    if (this.#length === 0) return sealShort(this.#piece);
    this.#write();
    this.#piece = sealOf(scratch.subarray(0, this.#length));
    this.#write();
    const sealed = Buffer.allocUnsafeSlow(this.#length);
    scratch.copy(sealed, 0, 0, this.#length);
    if (scratch.length > maxScratchBytes) scratch = Buffer.allocUnsafeSlow(65_536);
    return sealed;
  }

  #grow(): void {
    const needed = this.#length + Buffer.byteLength(this.#piece) + tailLength * maxBytesEach;
    if (needed <= scratch.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.ceil(needed * 1.5));
    scratch.copy(larger, 0, 0, this.#length);
    scratch = larger;
  }

  #write(): void {
    if (this.#length + this.#piece.length * maxBytesEach > scratch.length) this.#grow();
    this.#length += scratch.write(this.#piece, this.#length);
    this.#piece = "";
  }
}

/** Most commits: nothing is copied. A pool that somebody took away (a buffer can be moved to a thread) is replaced too. */
function sealShort(text: string): Uint8Array {
  if (poolEnd + text.length * maxBytesEach + tailLength > pool.length) {
    pool = Buffer.allocUnsafeSlow(poolBytes);
    poolEnd = 0;
  }
  const start = poolEnd;
  poolEnd += pool.write(text, start);
  poolEnd += pool.write(sealOf(pool.subarray(start, poolEnd)), poolEnd, "latin1");
  return pool.subarray(start, poolEnd);
}

function sealOf(body: Uint8Array): string {
  return `${mark}${crc32(body).toString(16).padStart(sumLength, "0")}${end}`;
}

/** @throws SyntaxError saying what is wrong: no checksum, a wrong one, or no JSON. */
export function openJson(bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

// Text that proves itself: a JSON object whose last member is the CRC-32 of all bytes before it. It stays readable with
// any tool, and one flipped bit is noticed.
import { crc32 } from "node:zlib";

const tail = /,"checksum":"([0-9a-f]{8})"\}$/;
const tailLength = ',"checksum":"00000000"}'.length;

/** @param json an object with at least one member */
export function sealJson(json: string): Uint8Array {
  const body = json.slice(0, -1);
  const sum = crc32(body).toString(16).padStart(8, "0");
  return Buffer.from(`${body},"checksum":"${sum}"}`);
}

/** @throws SyntaxError saying what is wrong: no checksum, a wrong one, or no JSON. */
export function openJson(bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString();
  const sum = tail.exec(text.slice(-tailLength))?.[1];
  if (sum === undefined) throw new SyntaxError("it does not end with a checksum");
  if (crc32(buffer.subarray(0, -tailLength)).toString(16).padStart(8, "0") !== sum) {
    throw new SyntaxError("its checksum does not match");
  }
  return JSON.parse(text);
}

// How many bytes a text takes, without reading it where it is short: V8 puts a text that was made of pieces together before
// it can be measured, and for thousands of turns a second that costs more than the bytes that are allowed for in vain.

const maxBytesEach = 3;
const shortLength = 256;

/** At least what `text` takes in UTF-8; exactly that unless it is short. */
export function byteBound(text: string): number {
  return text.length <= shortLength ? text.length * maxBytesEach : Buffer.byteLength(text);
}

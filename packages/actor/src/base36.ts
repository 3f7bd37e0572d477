// Whole numbers in base 36, as ids have them: V8 would divide doubles for each digit, and each command has an id.

const digits = "0123456789abcdefghijklmnopqrstuvwxyz";
const pairs: readonly string[] = Array.from({ length: 1_296 }, (_, n) => n.toString(36).padStart(2, "0"));

/** @param n a whole number from 0 */
export function base36(n: number): string {
  if (n < 36) return digits[n] as string;
  if (n < 1_296) return pairs[n] as string;
  return base36(Math.floor(n / 1_296)) + (pairs[n % 1_296] as string);
}

const slash = 47;
const digit0 = 48;
const letterA = 97;

/** The number from there to the next `/` or the end; `undefined` where there is none. */
export function readBase36(text: string, from: number): number | undefined {
  let n = 0;
  let i = from;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === slash) break;
    if (code >= digit0 && code < digit0 + 10) n = n * 36 + (code - digit0);
    else if (code >= letterA && code < letterA + 26) n = n * 36 + (code - letterA + 10);
    else return undefined;
  }
  return i > from ? n : undefined;
}

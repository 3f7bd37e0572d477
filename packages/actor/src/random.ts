// Chance, as the kernel reads it: a port. The one real adapter is at the end.

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

export const systemRandom: Random = { next: () => Math.random() };

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

/** A lower-case id of `length` characters (each 5.17 bits); 12 by default, unique enough for sessions and commits. */
export function randomId(random: Random, length = 12): string {
  let id = "";
  for (let i = 0; i < length; i++) id += alphabet[Math.floor(random.next() * alphabet.length)];
  return id;
}

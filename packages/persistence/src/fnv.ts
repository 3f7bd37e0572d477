// FNV-1a, 32 bits (Fowler, Noll and Vo; draft-eastlake-fnv): a short, stable hash. What is stored or spread by it depends
// on these numbers: they may never change.

/** What a hash begins with. */
export const fnvOffset: number = 0x811c9dc5;

/** The hash with one more unit: a byte, or a UTF-16 unit. */
export function fnvStep(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

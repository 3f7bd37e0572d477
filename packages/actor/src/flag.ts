// What the path of each message reads is compared with `true`: V8 tests one pointer for that, and half a dozen things for the
// truth of a field, which could hold anything.

/** Absent is false. */
export type Flag = boolean | undefined;

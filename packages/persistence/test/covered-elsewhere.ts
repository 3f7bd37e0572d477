// The numbered properties of stores that no case of a suite can show alone: they need a fault from outside, or belong to
// the runtime. Each stands beside the test that shows it, so that nobody has to trust prose.

export interface ShownBy {
  /** In this folder. */
  readonly file: string;
  /** The test's title as it stands in the file. */
  readonly title: string;
  /** Why no case of a suite, or what this one shows besides. */
  readonly because: string;
}

export const coveredElsewhere: Readonly<Record<string, readonly ShownBy[]>> = {
  E27: [
    {
      file: "outcomes.test.ts",
      title: "a rejected commit fails its callers, and the turns on top of it run again without it",
      because: "what becomes of the commands of a failed append is the runtime's",
    },
  ],
  E30: [
    {
      file: "remembering.test.ts",
      title: "the same id with another command or other arguments is CommandIdReused and changes nothing",
      because: "ids belong to the runtime; a store sees bytes",
    },
  ],
  E32: [
    {
      file: "remembering.test.ts",
      title: "named commands live for a number and an age, up to a hard cap; past it a repeat runs as new",
      because: "a store has no window for repeats, the runtime has one for ids",
    },
  ],
  E34: [
    {
      file: "jetstream.int.test.ts",
      title: "gives an actor its commands back as committed, once, when their acknowledgement was lost",
      because: "a proxy has to cut the connection behind a stored message",
    },
  ],
  E35: [
    {
      file: "commit-format.test.ts",
      title: "every cut, and anything behind the end, is noticed",
      because: "a commit is one byte string: half of one is no commit",
    },
  ],
  E36: [
    {
      file: "gate.test.ts",
      title: "a turn over the limit fails with CommitTooLarge, nothing of it happened, and the others are not touched",
      because: "whole turns are measured by the runtime, before the store is asked",
    },
  ],
  E39: [
    {
      file: "recovery.test.ts",
      title: "a lost beginning",
      because: "a store gives what is left; that something is missing is seen by the versions in it",
    },
  ],
  E40: [
    {
      file: "embedded-flush.int.test.ts",
      title: "flushes every commit to the disk before it acknowledges it",
      because: "only the system calls show it; JetStream's servers are asked how they flush when a system starts",
    },
  ],
  E42: [
    {
      file: "commit-format.test.ts",
      title: "a flip of any bit of any byte is noticed",
      because: "checksums belong to the runtime",
    },
  ],
  E44: [
    {
      file: "recovery.test.ts",
      title: "a store that does not come back ends the activation with RecoveryTimeout, which may be tried again",
      because: "the store has to be away",
    },
    {
      file: "outcomes.test.ts",
      title:
        "an unknown outcome is never decided by the clock: callers end by their deadlines, the event stays in doubt",
      because: "the store has to be away",
    },
    {
      file: "misuse.test.ts",
      title: "stores that do not answer give their permits back in time: other actors recover",
      because: "the store has to hang",
    },
  ],
  S12: [
    {
      file: "snapshot-races.test.ts",
      title: "an older snapshot that arrives late is given up",
      because: "what a save that met a conflict does next is the runtime's",
    },
  ],
  S13: [
    {
      file: "commit-format.test.ts",
      title: "a snapshot is stored as this very text, and a flip of any byte is noticed",
      because: "a torn snapshot is noticed by the runtime, which takes the one before",
    },
  ],
  S16: [
    {
      file: "snapshots.test.ts",
      title: "a snapshot of another schema is passed over, unless restore takes the older one",
      because: "schemas belong to the runtime",
    },
  ],
};

// The suite bites: each of these stores is wrong in one way, and at least the named case says so.
import { describe } from "vitest";
import { everyBrokenStoreIsCaught } from "./biting.ts";
import { brokenSnapshotStores } from "./broken-snapshotting.ts";
import { Plain, suiteOf } from "./plain-store.ts";

describe("a store of snapshots that", () => {
  const broken = new Map(Object.entries(brokenSnapshotStores));
  everyBrokenStoreIsCaught({ correct: Plain, broken, atLeast: 12, suiteOf: (Store) => suiteOf(Store, "snapshots") });
});

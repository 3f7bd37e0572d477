// The suite bites: each of these stores is wrong in one way, and at least the named case says so.
import { describe } from "vitest";
import { everyBrokenStoreIsCaught } from "./biting.ts";
import { brokenAppending } from "./broken-appending.ts";
import { brokenReading } from "./broken-reading.ts";
import { brokenTelling } from "./broken-telling.ts";
import { brokenTruncating } from "./broken-truncating.ts";
import { Plain, suiteOf } from "./plain-store.ts";

describe("a store of events that", () => {
  const stores = { ...brokenAppending, ...brokenReading, ...brokenTruncating, ...brokenTelling };
  const broken = new Map(Object.entries(stores));
  everyBrokenStoreIsCaught({ correct: Plain, broken, atLeast: 20, suiteOf: (Store) => suiteOf(Store, "events") });
});

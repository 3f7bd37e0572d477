// The suite of the runtime on a backend bites: each of these backends is wrong in one way, and at least the named case says so.
import { storeSuite } from "@aether/persistence/testing";
import { describe } from "vitest";
import { everyBrokenStoreIsCaught } from "./biting.ts";
import { backendOf, brokenBackends, type BrokenBackend } from "./broken-backends.ts";

describe("a backend that", () => {
  const broken = new Map(Object.entries(brokenBackends));
  const correct: BrokenBackend = {};
  const suiteOf = (stores: BrokenBackend) =>
    storeSuite({ open: async () => backendOf(stores), ...(stores === correct ? {} : { patienceMs: 150 }) });
  everyBrokenStoreIsCaught({ correct, broken, atLeast: 10, suiteOf });
});

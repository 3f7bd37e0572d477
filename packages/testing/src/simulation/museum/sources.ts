// Where the sources of the packages are, for the check that each bug still has its place.
import { readFileSync } from "node:fs";
import { builtIn } from "./building-in.ts";
import type { Bug } from "./bug.ts";

/** @throws Error when the bug has no place, or several, in its source */
export function checkPlace(bug: Bug): void {
  const root = new URL("../../../../", import.meta.url);
  builtIn(bug, readFileSync(new URL(bug.file, root), "utf8"));
}

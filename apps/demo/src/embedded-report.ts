// What a run on a directory has shown.
import type { Restart } from "./report.ts";

/** What the run found in the directory; all 0 in the first one. */
export interface Found extends Restart {
  /** Airports that were recovered from a snapshot and what came after it. */
  readonly bySnapshot: number;
}

export interface EmbeddedReport {
  readonly mode: "embedded";
  readonly flights: number;
  readonly airports: number;
  /** Airports whose state is not that of the batch computation, over all four comparisons. */
  readonly mismatches: number;
  /** Movements in the states: two for each flight, however many runs they came in. */
  readonly events: number;
  readonly found: Found;
  /** Commands of this run: those whose events were not stored yet. */
  readonly fed: number;
  /** Stored during the feed. */
  readonly commits: number;
  readonly snapshots: number;
  readonly commandsPerSecond: number;
  readonly memoryBytes: number;
  readonly restart: { readonly bySnapshot: Restart; readonly byReplay: Restart };
  /** The first few, if any. */
  readonly differences: readonly string[];
}

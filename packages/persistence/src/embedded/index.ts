// The embedded backend: `persistence({ store: embedded({ directory: "./data" }) })`.
import type { StoreBackend } from "../contracts/backend.ts";
import { checkOptionNames } from "../option-names.ts";
import { embeddedBackend } from "./backend.ts";
import { usualMaxTailKeys } from "./tail.ts";

export interface EmbeddedOptions {
  /** Where the files go, on a local disk; made when missing. Systems of different names may share it. */
  readonly directory: string;
  /** Snapshots kept of each actor, 2 to 64: an older one stands in for a damaged one. @default 2 */
  readonly snapshotsKept?: number;
  /** Bytes that the data file may take, from 1 MiB; what no longer fits is rejected. @default what the disk holds */
  readonly maxFileBytes?: number;
}

const optionNames: readonly string[] = [
  "directory",
  "snapshotsKept",
  "maxFileBytes",
] satisfies (keyof EmbeddedOptions)[];
const leastFileBytes = 1_048_576;

/**
 * A store in one SQLite file, for one process at a time; whatever is acknowledged is flushed to disk. Opening it throws
 * `StoreInUse` while another process has it open, `StoreFormatUnknown` for a file of another format,
 * `StoreDriverMissing` where there is no SQLite, `StoreMisconfigured` while this process has it open with another
 * `maxFileBytes`, and `StoreFailed` when the disk refuses. Not promised: anything on
 * network file systems, whose locks and flushes may be empty words.
 * @throws TypeError for a wrong name or no directory; RangeError for an option out of range
 */
export function embedded(options: EmbeddedOptions): StoreBackend {
  checkOptionNames("embedded", options, optionNames);
  if (typeof options.directory !== "string" || options.directory === "") {
    throw new TypeError('embedded: directory is missing; say where the data goes, such as { directory: "./data" }.');
  }
  const { directory, snapshotsKept = 2, maxFileBytes } = options;
  if (!Number.isInteger(snapshotsKept) || snapshotsKept < 2 || snapshotsKept > 64) {
    throw new RangeError(`embedded: snapshotsKept is ${snapshotsKept}; use 2 to 64.`);
  }
  if (maxFileBytes !== undefined && !(Number.isInteger(maxFileBytes) && maxFileBytes >= leastFileBytes)) {
    throw new RangeError(`embedded: maxFileBytes is ${maxFileBytes}; use a whole number from ${leastFileBytes}.`);
  }
  return embeddedBackend({ directory, snapshotsKept, maxFileBytes, maxTailKeys: usualMaxTailKeys });
}

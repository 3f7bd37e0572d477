// What one client saw, written line by line as it happened: an append-only file, so that a killed client leaves all but its
// last moments behind. Times are of the machine's monotonic clock, which all processes share.
import { closeSync, existsSync, openSync, readSync, writeSync } from "node:fs";

/** What is asked for. */
export type Operation =
  | { readonly op: string; readonly kind: "add"; readonly wallet: string; readonly amount: number }
  | {
      readonly op: string;
      readonly kind: "transfer";
      readonly wallet: string;
      readonly to: string;
      readonly amount: number;
    }
  | { readonly op: string; readonly kind: "read"; readonly wallet: string }
  | { readonly op: string; readonly kind: "timer"; readonly wallet: string; readonly delayMs: number };

export type Entry =
  | { readonly type: "invoke"; readonly at: number; readonly operation: Operation }
  /** `n` and `sum`: the wallet as its answer says. */
  | { readonly type: "ok"; readonly at: number; readonly op: string; readonly n?: number; readonly sum?: number }
  /** Certainly not done. */
  | { readonly type: "fail"; readonly at: number; readonly op: string; readonly code: string }
  /** Nobody knows; it is asked for again with its id. */
  | { readonly type: "unknown"; readonly at: number; readonly op: string; readonly code: string };

/** Milliseconds of the machine. */
export function machineNow(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

export class HistoryFile {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  write(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

export function* readHistory(path: string): Iterable<Entry> {
  for (const line of linesOf(path)) yield JSON.parse(line) as Entry;
}

/** Whole lines: the last one of a killed process may be torn. In pieces, since a file may be longer than a string. */
export function* linesOf(path: string): Iterable<string> {
  if (!existsSync(path)) return; // killed before it began
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(1_048_576);
    let rest = Buffer.alloc(0);
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
      const end = bytes.lastIndexOf(10) + 1;
      rest = bytes.subarray(end);
      if (end > 0) yield* bytes.toString("utf8", 0, end - 1).split("\n");
    }
  } finally {
    closeSync(file);
  }
}

/** What was begun there and has no end: nobody knows whether it is done. */
export function openOperations(entries: Iterable<Entry>): Operation[] {
  const open = new Map<string, Operation>();
  for (const entry of entries) {
    if (entry.type === "invoke") open.set(entry.operation.op, entry.operation);
    else if (entry.type !== "unknown") open.delete(entry.op);
  }
  return [...open.values()];
}

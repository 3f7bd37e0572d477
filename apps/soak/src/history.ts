// What one client saw, written line by line as it happened: an append-only file, so that a killed client leaves all but its
// last moments behind. Times are of the machine's monotonic clock, which all processes share.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

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

/** The last line of a killed client may be torn. */
export function readHistory(path: string): Entry[] {
  const lines = readFileSync(path, "utf8").split("\n");
  const whole = lines.slice(0, -1);
  return whole.map((line) => JSON.parse(line) as Entry);
}

/** What was begun there and has no end: nobody knows whether it is done. */
export function openOperations(entries: readonly Entry[]): Operation[] {
  const open = new Map<string, Operation>();
  for (const entry of entries) {
    if (entry.type === "invoke") open.set(entry.operation.op, entry.operation);
    else if (entry.type !== "unknown") open.delete(entry.op);
  }
  return [...open.values()];
}

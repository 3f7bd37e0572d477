// The directory of a store, made so that it is still there after a power cut.
import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { platform } from "node:os";
import { dirname } from "node:path";

export function ensureDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true });
  if (first === undefined) return;
  for (let made = directory; ; made = dirname(made)) {
    flushDirectory(made);
    if (made === dirname(first)) return;
  }
}

/** What stands in a directory is durable once the directory itself is flushed. Windows has no such call, and needs none. */
export function flushDirectory(directory: string): void {
  if (platform() === "win32") return;
  const opened = openSync(directory, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

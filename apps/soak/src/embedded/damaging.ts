// Damages a copy of a store's files as disks do: a flipped bit, a page of zeros, a lost end.
import { cpSync, openSync, closeSync, readdirSync, readSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Chance } from "../workload.ts";

const pageBytes = 4_096;
const kinds = ["flipped bit", "zeroed page", "lost end", "torn write-ahead log"] as const;

export interface Damage {
  readonly kind: (typeof kinds)[number];
  readonly where: string;
  /** In the write-ahead log, which still says that it is one. */
  readonly isInLog: boolean;
}

const logHeaderBytes = 32;

/** @returns `undefined` when there is nothing to damage */
export function damageCopy(directory: string, copy: string, chance: Chance): Damage | undefined {
  rmSync(copy, { recursive: true, force: true });
  cpSync(directory, copy, { recursive: true });
  const kind = kinds[Math.floor(chance() * kinds.length)] ?? "flipped bit";
  const files = readdirSync(copy, { recursive: true, encoding: "utf8" }).filter((name) => {
    const isWanted = kind === "torn write-ahead log" ? name.endsWith("-wal") : /\.sqlite(-wal)?$/.test(name);
    return isWanted && statSync(join(copy, name)).isFile() && statSync(join(copy, name)).size > 0;
  });
  const name = files[Math.floor(chance() * files.length)];
  if (name === undefined) return undefined;
  const path = join(copy, name);
  const at = Math.floor(chance() * statSync(path).size);
  if (kind === "flipped bit") patch(path, at, (byte) => byte ^ (1 << Math.floor(chance() * 8)));
  else if (kind === "zeroed page") patch(path, at - (at % pageBytes), () => 0, pageBytes);
  else truncateSync(path, at);
  const isCut = kind === "lost end" || kind === "torn write-ahead log";
  const isInLog = name.endsWith("-wal") && !(isCut && at <= logHeaderBytes);
  return { kind, where: `${name} at ${at}`, isInLog };
}

function patch(path: string, at: number, change: (byte: number) => number, length = 1): void {
  const file = openSync(path, "r+");
  const bytes = Buffer.alloc(length);
  const read = readSync(file, bytes, 0, length, at);
  for (let i = 0; i < read; i++) bytes[i] = change(bytes[i] ?? 0);
  writeSync(file, bytes, 0, read, at);
  closeSync(file);
}

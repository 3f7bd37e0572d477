// What one life of the subscriber was told, line by line: an append-only file.
import { closeSync, openSync, writeSync } from "node:fs";
import { linesOf } from "./history.ts";

export interface Told {
  readonly at: number;
  readonly wallet: string;
  readonly version: number;
  readonly position: number;
  readonly op: string;
  readonly amount: number;
}

export class ToldFile {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  write(told: Told): void {
    writeSync(this.#file, `${JSON.stringify(told)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** From the file, each time anew. */
export function toldIn(path: string): Iterable<Told> {
  return {
    *[Symbol.iterator]() {
      for (const line of linesOf(path)) yield JSON.parse(line) as Told;
    },
  };
}

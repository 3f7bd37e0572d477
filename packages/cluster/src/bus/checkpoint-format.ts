// What a durable subscription remembers, as a text. Nothing of it is trusted: somebody may have written into the bucket.
import type { ParkedEvent } from "../contracts/event-bus.ts";
import type { Cursor } from "./cursor.ts";

export interface Checkpoint {
  /** Which start of the subscription wrote it. */
  readonly owner: string;
  /** One per stream of the store. */
  readonly cursors: readonly Cursor[];
  readonly parked: readonly ParkedEvent[];
}

const format = 1;

export function encodeCheckpoint(checkpoint: Checkpoint): string {
  return JSON.stringify({ format, ...checkpoint });
}

/** @throws SyntaxError saying what is wrong */
export function decodeCheckpoint(text: string, streams: number): Checkpoint {
  const found = JSON.parse(text) as Partial<Checkpoint> & { readonly format?: unknown };
  const { owner, cursors, parked } = found;
  if (found.format !== format) throw new SyntaxError(`it has format ${String(found.format)}, not ${format}`);
  if (typeof owner !== "string" || !Array.isArray(cursors) || !Array.isArray(parked)) {
    throw new SyntaxError("it lacks its owner, cursors or parked events");
  }
  if (cursors.length !== streams || !cursors.every(isCursor)) {
    throw new SyntaxError(`its cursors are not those of ${streams} streams`);
  }
  if (!parked.every(isParked)) throw new SyntaxError("a parked event in it is none");
  return { owner, cursors, parked };
}

function isCursor(value: unknown): boolean {
  const { position, version } = (value ?? {}) as Partial<Cursor>;
  return isWhole(position) && (version === undefined || isWhole(version));
}

function isParked(value: unknown): boolean {
  const { id, actor, stream, position, version, cause } = (value ?? {}) as Partial<ParkedEvent>;
  const isText = [id, cause, actor?.type, actor?.id].every((text) => typeof text === "string");
  return isText && [stream, position, version].every(isWhole);
}

function isWhole(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

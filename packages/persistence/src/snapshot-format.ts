// The snapshot as it is stored: one self-checking JSON text. A snapshot at version n contains events 1 to n.
import { openJson, sealJson } from "./checksum.ts";
import type { ActorKey, Token } from "./contracts/event-store.ts";
import { HistoryDamaged } from "./errors.ts";
import type { RememberedRows } from "./remembered-commands.ts";

const format = 1;

export interface SnapshotHeader {
  readonly actor: ActorKey;
  readonly version: number;
  /** Of the commit that made this version: replay begins behind it. */
  readonly token: Token;
  /** `snapshotVersion` of the class that made it. */
  readonly schema: number;
  readonly codec: "json";
  readonly time: number;
}

export interface Snapshot extends SnapshotHeader {
  readonly commands: RememberedRows;
  readonly state: unknown;
}

/** State and remembered commands as they were at the end of one turn, encoded then. */
export interface CapturedState {
  readonly version: number;
  readonly state: string;
  readonly commands: string;
}

export function encodeSnapshot(header: SnapshotHeader, captured: CapturedState): Uint8Array {
  const { actor, version, token, schema, codec, time } = header;
  const members = [
    `"format":${format},"actor":${JSON.stringify([actor.type, actor.id])},"version":${version},"token":${token}`,
    `"schema":${schema},"codec":"${codec}","time":${time}`,
    `"commands":${captured.commands},"state":${captured.state}`,
  ];
  return sealJson(`{${members.join(",")}}`);
}

/** @throws HistoryDamaged (`PERSISTENCE_HISTORY_DAMAGED`) naming what is wrong with the bytes. */
export function decodeSnapshot(bytes: Uint8Array, actor: ActorKey, name: string): Snapshot {
  let raw: Record<string, unknown>;
  try {
    raw = openJson(bytes) as Record<string, unknown>;
  } catch (error) {
    throw new HistoryDamaged(name, `a snapshot cannot be read, ${(error as Error).message}`);
  }
  if (raw["format"] !== format)
    throw new HistoryDamaged(name, `a snapshot has format ${String(raw["format"])}, not ${format}`);
  if (!Array.isArray(raw["actor"]) || !Number.isInteger(raw["version"]) || !Number.isInteger(raw["token"])) {
    throw new HistoryDamaged(name, "a snapshot lacks its actor, version or token");
  }
  const [type, id] = raw["actor"] as unknown[];
  if (type !== actor.type || id !== actor.id)
    throw new HistoryDamaged(name, `a snapshot belongs to ${String(type)}/${String(id)}`);
  return { ...(raw as unknown as Snapshot), actor };
}

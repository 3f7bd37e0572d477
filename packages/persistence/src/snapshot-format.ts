// The snapshot as it is stored: one self-checking JSON text. A snapshot at version n contains events 1 to n. A large one
// has a gzipped body in its readable header.
import { openJson, seal, sealJson } from "./checksum.ts";
import { type Codecs, jsonOnly } from "./codec.ts";
import { compress, inflate } from "./compression.ts";
import type { Place } from "./commit-format.ts";
import type { ActorKey } from "./contracts/event-store.ts";
import { HistoryDamaged } from "./errors.ts";
import { isCount } from "./command-rows.ts";
import { areRememberedRows, type RememberedRows } from "./remembered-commands.ts";

const format = 1;

/** Its place is that of the commit that made its version: replay begins behind it. Without an id in earlier releases. */
export interface SnapshotHeader extends Place {
  readonly actor: ActorKey;
  readonly version: number;
  /** `snapshotVersion` of the class that made it. */
  readonly schema: number;
  /** Name of the codec of the state. */
  readonly codec: string;
  readonly time: number;
}

export interface Snapshot extends SnapshotHeader {
  readonly commands: RememberedRows;
  readonly state: unknown;
}

/** State and remembered commands as they were at the end of one turn, encoded then. */
export interface CapturedState {
  readonly version: number;
  /** JSON text: the state, or what another codec made of it as base64. */
  readonly state: string;
  readonly commands: string;
}

export function encodeSnapshot(header: SnapshotHeader, captured: CapturedState): Uint8Array {
  return seal(`{${headerJson(header, captured)},${bodyJson(captured)}`);
}

/** Whether what would be compressed takes more bytes, about. It is measured only where its length does not say. */
export function isBodyOver({ commands, state }: CapturedState, bytes: number): boolean {
  const length = commands.length + state.length;
  if (length > bytes || length * 3 <= bytes) return length > bytes;
  return Buffer.byteLength(commands) + Buffer.byteLength(state) > bytes;
}

/** With a compressed body, which is made in another thread. @throws RangeError for one that could not be read again */
export async function encodeCompressed(header: SnapshotHeader, captured: CapturedState): Promise<Uint8Array> {
  const body = await compress(`{${bodyJson(captured)}}`);
  return sealJson(`{${headerJson(header, captured)},"compression":"gzip","body":"${body}"}`);
}

/** `size` is that of the state as text before any compression: for people, the checksum is what is checked. */
function headerJson(header: SnapshotHeader, { state }: CapturedState): string {
  const { actor, version, token, commit, schema, codec, time } = header;
  const made = commit === undefined ? "" : `"commit":${JSON.stringify(commit)},`;
  return (
    `"format":${format},"actor":${JSON.stringify([actor.type, actor.id])},"version":${version},"token":${token},${made}` +
    `"schema":${schema},"codec":"${codec}","time":${time},"size":${Buffer.byteLength(state)}`
  );
}

function bodyJson({ commands, state }: CapturedState): string {
  return `"commands":${commands},"state":${state}`;
}

/** @throws HistoryDamaged (`PERSISTENCE_HISTORY_DAMAGED`), UnknownCodec (`PERSISTENCE_UNKNOWN_CODEC`) */
export function decodeSnapshot(bytes: Uint8Array, actor: ActorKey, name: string, codecs: Codecs = jsonOnly): Snapshot {
  const header = readSnapshotHeader(bytes, actor, name) as SnapshotHeader & StoredBody;
  const { commands, state } = bodyOf(header, name);
  const decoded = codecs.decode(header.codec, state, { actor: name, what: "a snapshot" });
  return { ...header, commands: commands as RememberedRows, state: decoded };
}

/**
 * What is said about the state, without decoding it: of a codec that is not known here, too.
 * @throws HistoryDamaged (`PERSISTENCE_HISTORY_DAMAGED`) naming what is wrong with the bytes
 */
export function readSnapshotHeader(bytes: Uint8Array, actor: ActorKey, name: string): SnapshotHeader {
  let raw: Record<string, unknown>;
  try {
    raw = openJson(bytes) as Record<string, unknown>;
  } catch (error) {
    throw unreadable(name, error);
  }
  if (raw["format"] !== format)
    throw new HistoryDamaged(name, `a snapshot has format ${String(raw["format"])}, not ${format}`);
  const hasPlace = isCount(raw["version"]) && isCount(raw["token"]) && isCount(raw["schema"]);
  if (!Array.isArray(raw["actor"]) || typeof raw["codec"] !== "string" || !hasPlace || !Number.isFinite(raw["time"])) {
    throw new HistoryDamaged(name, "a snapshot lacks its actor, version, token, schema, codec or time");
  }
  const [type, id] = raw["actor"] as unknown[];
  if (type !== actor.type || id !== actor.id)
    throw new HistoryDamaged(name, `a snapshot belongs to ${String(type)}/${String(id)}`);
  return { ...(raw as unknown as SnapshotHeader), actor };
}

interface StoredBody {
  readonly compression?: unknown;
  readonly body?: unknown;
  readonly commands?: unknown;
  readonly state?: unknown;
}

function bodyOf(stored: StoredBody, name: string): StoredBody {
  let body = stored;
  try {
    if (stored.compression === "gzip") body = (JSON.parse(inflate(String(stored.body))) ?? {}) as StoredBody;
    else if (stored.compression !== undefined) throw new SyntaxError("its compression is none that is known here");
  } catch (error) {
    throw unreadable(name, error);
  }
  if ("state" in body && areRememberedRows(body.commands)) return body;
  throw new HistoryDamaged(name, "a snapshot lacks its state or commands, or a command in it is none");
}

function unreadable(name: string, error: unknown): HistoryDamaged {
  return new HistoryDamaged(name, `a snapshot cannot be read, ${(error as Error).message}`);
}

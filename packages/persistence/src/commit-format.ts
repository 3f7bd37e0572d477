// The commit as it is stored: one self-checking JSON text with the events of whole turns, and what is needed to recognise
// their commands again. Every backend stores the same bytes.
import { openJson, sealJson } from "./checksum.ts";
import type { ActorKey, Token } from "./contracts/event-store.ts";
import { HistoryDamaged } from "./errors.ts";
import type { Writer } from "./ports.ts";
import type { TurnRecord } from "./turn-record.ts";

const format = 1;

export interface CommitHeader extends Writer {
  /** Unique: two tries of one commit are equal byte for byte, two commits never are. */
  readonly id: string;
  readonly actor: ActorKey;
  readonly firstVersion: number;
  readonly time: number;
  /** The actor was deleted here: what comes behind begins anew, with versions going on. */
  readonly tombstone?: true;
  /** Where the last tombstone before this commit stands; absent while there is none. */
  readonly born?: Birth;
}

/** Token of a tombstone, and the actor's version there: the state behind it is the initial one. */
export type Birth = readonly [token: Token, version: number];

/** One turn in a commit. */
export interface StoredTurn {
  /** Absent for turns that nobody will repeat. */
  readonly command?: string;
  /** Of command name and arguments, where the caller chose the id. */
  readonly digest?: string;
  readonly outcome?: StoredOutcome;
  readonly events: number;
  readonly time: number;
}

/** What the caller was told: nothing in it means `undefined`. */
export interface StoredOutcome {
  readonly reply?: unknown;
  readonly rejection?: { readonly code: string; readonly data?: unknown };
  readonly replyTooLarge?: true;
}

export interface StoredEvent {
  readonly schema: number;
  /** Absent for JSON. With another one `event` is its bytes as base64, and `type` stands beside it for people. */
  readonly codec?: string;
  readonly type?: string;
  readonly event: unknown;
}

export interface Commit extends CommitHeader {
  readonly events: readonly StoredEvent[];
  readonly turns: readonly StoredTurn[];
}

/** What a commit takes besides its events and turns, at most. */
export const headerBytes = 2_048;

/** A commit without turns is the empty commit: no event, version unchanged, but the fence moves. */
export function encodeCommit(header: CommitHeader, turns: readonly TurnRecord[]): Uint8Array {
  const { id, actor, firstVersion, node, epoch, time } = header;
  const events = turns.flatMap((turn) => turn.events).join(",");
  const members = [
    `"format":${format},"id":${JSON.stringify(id)},"actor":${JSON.stringify([actor.type, actor.id])}`,
    `"firstVersion":${firstVersion},"events":[${events}],"turns":[${turns.map((turn) => turn.json).join(",")}]`,
    `"node":${JSON.stringify(node)},"epoch":${epoch},"time":${time}`,
  ];
  if (header.tombstone === true) members.push('"tombstone":true');
  if (header.born !== undefined) members.push(`"born":${JSON.stringify(header.born)}`);
  return sealJson(`{${members.join(",")}}`);
}

/** @throws HistoryDamaged (`PERSISTENCE_HISTORY_DAMAGED`) naming what is wrong with the bytes. */
export function decodeCommit(bytes: Uint8Array, actor: ActorKey, name: string): Commit {
  let raw: Record<string, unknown>;
  try {
    raw = openJson(bytes) as Record<string, unknown>;
  } catch (error) {
    throw new HistoryDamaged(name, `a commit cannot be read, ${(error as Error).message}`);
  }
  if (raw["format"] !== format)
    throw new HistoryDamaged(name, `a commit has format ${String(raw["format"])}, not ${format}`);
  const { firstVersion, events, turns } = raw;
  if (
    !Array.isArray(raw["actor"]) ||
    !Array.isArray(events) ||
    !Array.isArray(turns) ||
    !Number.isInteger(firstVersion)
  ) {
    throw new HistoryDamaged(name, "a commit lacks its actor, first version, events or turns");
  }
  const [type, id] = raw["actor"] as unknown[];
  if (type !== actor.type || id !== actor.id)
    throw new HistoryDamaged(name, `a commit belongs to ${String(type)}/${String(id)}`);
  return { ...(raw as unknown as Commit), actor };
}

/** The version of the actor once this commit is applied. */
export function lastVersion(commit: Commit): number {
  return commit.firstVersion + commit.events.length - 1;
}

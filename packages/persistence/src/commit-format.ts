// The commit as it is stored: one self-checking JSON text with the events of whole turns, and what is needed to recognise
// their commands again. Every backend stores the same bytes.
import { quote } from "@aether/actor";
import { openJson, seal, sealRuns } from "./checksum.ts";
import type { CommitBody } from "./commit-draft.ts";
import type { ActorKey, Token } from "./contracts/event-store.ts";
import { HistoryDamaged } from "./errors.ts";
import type { Writer } from "./ports.ts";

const format = 1;

export interface CommitHeader extends Writer {
  /** Unique: two tries of one commit are equal byte for byte, two commits never are. Letters, digits and dots. */
  readonly id: string;
  readonly actor: ActorKey;
  /** The token behind which it was appended: proof that nothing stands between. */
  readonly after: Token;
  readonly firstVersion: number;
  readonly time: number;
  /** The actor was deleted here: what comes behind begins anew, with versions going on. */
  readonly tombstone?: true;
  /** Where the last tombstone before this commit stands; absent while there is none. */
  readonly born?: Birth | undefined;
}

/** Which commit it is: a store that was set back gives its tokens again, ids are never given twice. */
export interface Place {
  readonly token: Token;
  /** Its id, where it is known. */
  readonly commit?: string | undefined;
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
  /** Of a part before `await this.durable()`: the command had not ended here. Its last part says how it ended. */
  readonly split?: true;
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

/**
 * A commit without turns is the empty commit: no event, version unchanged, but the fence moves.
 * @param actorText what `actorTextOf` gives, for who commits often
 */
export function encodeCommit(
  header: CommitHeader,
  { events, turns }: CommitBody,
  actorText: string = actorTextOf(header.actor),
): Uint8Array {
  const { id, after, firstVersion, tombstone, born } = header;
  const head = `{"format":${format},"id":"${id}",${actorText}${after},"firstVersion":${firstVersion},"events":[`;
  const buried = tombstone === true ? ',"tombstone":true' : "";
  const birth = born === undefined ? "" : `,"born":${JSON.stringify(born)}`;
  const end = `${writerText(header)}${buried}${birth}`;
  if (events.text === undefined || turns.text === undefined) return sealRuns(head, events, '],"turns":[', turns, end);
  return seal(`${head}${events.text}],"turns":[${turns.text}${end}`);
}

/** What all commits of an actor have in common. */
export function actorTextOf({ type, id }: ActorKey): string {
  return `"actor":[${quote(type)},${quote(id)}],"after":`;
}

/** A process's commits all name its node, and many are of one millisecond. */
const lastWriter = { node: "", epoch: 0, time: 0, text: "" };

function writerText({ node, epoch, time }: CommitHeader): string {
  if (time !== lastWriter.time || node !== lastWriter.node || epoch !== lastWriter.epoch || lastWriter.text === "") {
    lastWriter.node = node;
    lastWriter.epoch = epoch;
    lastWriter.time = time;
    lastWriter.text = `],"node":${quote(node)},"epoch":${epoch},"time":${time}`;
  }
  return lastWriter.text;
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
  raw["actor"] = actor; // ours alone: a copy would take as long as half of the reading
  return raw as unknown as Commit;
}

/** The version of the actor once this commit is applied. */
export function lastVersion(commit: Commit): number {
  return commit.firstVersion + commit.events.length - 1;
}

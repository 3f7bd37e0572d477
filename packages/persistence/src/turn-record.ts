// One ended turn as it goes into a commit: everything in it is text already, so nothing can change under it.
import { type Envelope, EncodedValue, quote, Rejection } from "@aether/actor";
import { byteBound } from "./byte-bound.ts";
import { commandDigest } from "./command-digest.ts";
import type { RememberedCommand } from "./command-rows.ts";

export interface TurnRecord {
  /** The version of its last event. */
  readonly lastVersion: number;
  /** `{"schema":…,"event":…}` each, with commas between. */
  readonly events: string;
  /** What a repeat of its command gets. */
  readonly command: RememberedCommand | undefined;
  /** The turn's entry in the commit. */
  readonly json: string;
  readonly bytes: number;
}

/** The turn while it is open. */
export interface OpenTurn {
  readonly envelope: Envelope;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The version before its first unsealed event. */
  baseVersion: number;
  /** As in the record, and how many. */
  events: string;
  count: number;
  bytes: number;
  /** A part of it is sealed, and says that its command was interrupted. */
  isSplit: boolean;
  /** An `apply` has thrown: the turn cannot be kept, even if the handler caught it. */
  broken: Error | undefined;
}

const maxOutcomeBytes = 4_096;

/** @param outcome the reply, or the `Rejection` that was returned */
export function closeTurn(open: OpenTurn, outcome: unknown): TurnRecord {
  const id = open.envelope.commandId;
  return record(open, id === undefined ? undefined : doneAs(open, id, encodeOutcome(outcome)));
}

/** The part of a turn before `await this.durable()`: its command counts as interrupted until the last part replaces this. */
export function sealTurn(open: OpenTurn): TurnRecord {
  const id = open.envelope.commandId;
  return record(open, id === undefined ? undefined : doneAs(open, id, '{"split":true}'));
}

function doneAs({ envelope, baseVersion, count, time }: OpenTurn, id: string, outcome: string): RememberedCommand {
  return { id, version: baseVersion + count, time, digest: digestOf(envelope, id), outcome };
}

function record(open: OpenTurn, command: RememberedCommand | undefined): TurnRecord {
  const { envelope, events, count, time } = open;
  const tail = tailOf(count, time);
  const json = command === undefined ? `{${tail}` : commandJson(command, envelope.owner !== undefined, tail);
  return {
    lastVersion: open.baseVersion + count,
    events,
    command,
    json,
    bytes: open.bytes + byteBound(json) + 1,
  };
}

/** Many turns end alike. */
const lastTail = { count: -1, time: 0, text: "" };

function tailOf(count: number, time: number): string {
  if (count !== lastTail.count || time !== lastTail.time) {
    lastTail.count = count;
    lastTail.time = time;
    lastTail.text = `"events":${count},"time":${time}}`;
  }
  return lastTail.text;
}

/** @param isOfSession its id is made of digits and letters: there is nothing in it to look for */
function commandJson({ id, digest, outcome }: RememberedCommand, isOfSession: boolean, tail: string): string {
  if (isOfSession) return `{"command":"${id}","outcome":${outcome},${tail}`;
  const proof = digest === undefined ? "" : `,"digest":"${digest}"`;
  return `{"command":${quote(id)}${proof},"outcome":${outcome},${tail}`;
}

/** Ids that the runtime made are never used twice; only a caller's own can meet other arguments. */
function digestOf(envelope: Envelope, id: string): string | undefined {
  return envelope.owner !== undefined || id.startsWith("~") ? undefined : commandDigest(envelope);
}

function encodeOutcome(outcome: unknown): string {
  const json = outcomeJson(outcome);
  return byteBound(json) > maxOutcomeBytes ? '{"replyTooLarge":true}' : json;
}

function outcomeJson(outcome: unknown): string {
  if (outcome === undefined) return "{}";
  if (typeof outcome === "number") return `{"reply":${outcome}}`;
  if (outcome instanceof Rejection) return JSON.stringify({ rejection: { code: outcome.code, data: outcome.data } });
  return `{"reply":${outcome instanceof EncodedValue ? outcome.json : JSON.stringify(outcome)}}`;
}
